#include "sqlite/statement.h"

#include <sqlite3.h>
#include <wharf/error.h>

#include <utility>

namespace wharf::sqlite {

Statement::Statement(Connection& connection, std::string_view sql) : connection_(&connection) {
  const char* rest = nullptr;
  if (sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement_, &rest) != SQLITE_OK)
    throw_last_error(connection.handle(), sql);
  WHARF_CHECK(statement_ != nullptr);
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {
  WHARF_CHECK(!other.running_);
}

void Statement::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, index, value) != SQLITE_OK)
    throw_last_error(connection_->handle(), sqlite3_sql(statement_));
}

void Statement::bind(int index, double value) {
  if (sqlite3_bind_double(statement_, index, value) != SQLITE_OK)
    throw_last_error(connection_->handle(), sqlite3_sql(statement_));
}

void Statement::bind(int index, std::nullptr_t) {
  if (sqlite3_bind_null(statement_, index) != SQLITE_OK)
    throw_last_error(connection_->handle(), sqlite3_sql(statement_));
}

void Statement::bind(int index, std::string_view text) {
  bind_text(index, text, Keep::borrowed);
}

void Statement::bind_text(int index, std::string_view text, Keep keep) {
  // A null pointer would bind NULL, and an empty view may have one.
  const char* data = text.data() == nullptr ? "" : text.data();
  auto* destructor = keep == Keep::borrowed ? SQLITE_STATIC : SQLITE_TRANSIENT;
  if (sqlite3_bind_text64(statement_, index, data, text.size(), destructor, SQLITE_UTF8) !=
      SQLITE_OK)
    throw_last_error(connection_->handle(), sqlite3_sql(statement_));
}

void Statement::bind_blob(int index, std::span<const std::byte> bytes) {
  const void* data = bytes.data() == nullptr ? static_cast<const void*>("") : bytes.data();
  if (sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_STATIC) != SQLITE_OK)
    throw_last_error(connection_->handle(), sqlite3_sql(statement_));
}

void Statement::check_count(int given) const {
  WHARF_CHECK(given == sqlite3_bind_parameter_count(statement_));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const SqliteError error(sqlite3_extended_errcode(connection_->handle()),
                          sqlite3_errmsg(connection_->handle()), sqlite3_sql(statement_));
  sqlite3_reset(statement_);
  throw error;
}

void Statement::step_and_reset() {
  WHARF_CHECK(!running_);
  while (step()) {
  }
  sqlite3_reset(statement_);
}

// Says again what `step` has said already; values stay bound until the next ones.
void Statement::reset() noexcept {
  sqlite3_reset(statement_);
}

Run::Run(Statement& statement) : statement_(&statement) {
  WHARF_CHECK(!statement.running_);
  statement.running_ = true;
}

Run::~Run() {
  if (statement_ == nullptr) return;
  statement_->reset();
  statement_->running_ = false;
}

bool Run::next() {
  return statement_->step();
}

bool Run::null(int column) const {
  return sqlite3_column_type(statement_->statement_, column) == SQLITE_NULL;
}
std::int64_t Run::integer(int column) const {
  return sqlite3_column_int64(statement_->statement_, column);
}
double Run::real(int column) const {
  return sqlite3_column_double(statement_->statement_, column);
}
std::string_view Run::text(int column) const {
  const auto* text = sqlite3_column_text(statement_->statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_->statement_, column))};
}
std::span<const std::byte> Run::blob(int column) const {
  const auto* bytes = sqlite3_column_blob(statement_->statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const std::byte*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_->statement_, column))};
}
std::optional<std::int64_t> Run::optional_integer(int column) const {
  if (null(column)) return std::nullopt;
  return integer(column);
}
std::optional<std::string> Run::optional_string(int column) const {
  if (null(column)) return std::nullopt;
  return string(column);
}
int Run::columns() const {
  return sqlite3_column_count(statement_->statement_);
}
std::string_view Run::column_name(int column) const {
  return sqlite3_column_name(statement_->statement_, column);
}

}  // namespace wharf::sqlite
