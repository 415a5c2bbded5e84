#include "sqlite/connection.h"

#include <sqlite3.h>

#include "sqlite/statement.h"

namespace wharf::sqlite {
namespace {

int flags_of(Connection::Access access) {
  switch (access) {
    case Connection::Access::create:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Connection::Access::read_write:
      return SQLITE_OPEN_READWRITE;
    case Connection::Access::read_only:
      return SQLITE_OPEN_READONLY;
  }
  return SQLITE_OPEN_READONLY;
}

}  // namespace

Connection::Connection(const std::string& path) : Connection(path, Options{}) {}

Connection::Connection(const std::string& path, Options options) : path_(path) {
  // One thread at a time is our own promise, so SQLite's own mutexes would only cost.
  const int flags = flags_of(options.access) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    const SqliteError error(sqlite3_extended_errcode(database_), sqlite3_errmsg(database_),
                            "open " + path);
    sqlite3_close_v2(database_);
    throw error;
  }
  sqlite3_busy_timeout(database_, static_cast<int>(options.busy_timeout.count()));
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close_v2(database_);
}

void Connection::execute(std::string_view sql) {
  const std::string text(sql);
  if (sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw_last_error(database_, sql);
}

Statement& Connection::statement(std::string_view sql) {
  auto& kept = statements_[std::string(sql)];
  if (!kept) kept = std::make_unique<Statement>(*this, sql);
  return *kept;
}

std::int64_t Connection::number(std::string_view sql) {
  Statement statement(*this, sql);
  auto run = statement.run();
  return run.next() ? run.integer(0) : 0;
}

std::int64_t Connection::last_insert_id() const {
  return sqlite3_last_insert_rowid(database_);
}
std::int64_t Connection::changes() const {
  return sqlite3_changes64(database_);
}
bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

std::string quoted_name(std::string_view name) {
  std::string text = "\"";
  for (char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text += '"';
}

}  // namespace wharf::sqlite
