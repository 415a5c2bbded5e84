#include "connectors/destination_sqlite/sqlite_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "connectors/destination_sqlite/failures.h"
#include "connectors/files/durable_file.h"
#include "sqlite/statement.h"

namespace wharf::connectors::sqlite_destination {
namespace {

using sql_tables::HeldPosition;

[[noreturn]] void fail(ErrorCode code, std::string message) {
  throw Failure(Error{code, std::move(message), Origin::destination});
}

std::string made_directory_of(const std::filesystem::path& path) {
  files::make_directory(path.parent_path());
  return path.string();
}

std::string folded(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return text;
}

}  // namespace

// ---- the database

Database::Database(const std::filesystem::path& path, std::chrono::milliseconds busy_timeout)
    : Connection(made_directory_of(path),
                 {.access = Access::create, .busy_timeout = busy_timeout}) {
  execute(
      "pragma synchronous = full;"
      "pragma foreign_keys = off;"
      // A rename leaves views and other tables' triggers as they are.
      "pragma legacy_alter_table = on;"
      "pragma cache_size = -8000");
  add_functions(*this);
}

void Database::set_journal_mode(const std::string& mode) {
  const auto answer = [&](const std::string& sql) {
    auto run = statement(sql).run();
    return run.next() ? run.string(0) : std::string();
  };
  if (answer("pragma journal_mode") == mode) return;
  if (const auto found = answer("pragma journal_mode = " + mode); found != mode)
    fail(ErrorCode::environment,
         fmt::format("{}: journal_mode '{}' is not possible here, it stays '{}'", path(), mode,
                     found));
}

// ---- open

SqliteWriter::SqliteWriter(Configuration configuration, connector::WriteRequest request,
                           Options options)
    : configuration_(std::move(configuration)),
      request_(std::move(request)),
      options_(std::move(options)),
      database_(configuration_.path, options_.busy_timeout),
      locks_(configuration_.path),
      positions_(database_, request_.connection),
      slices_(database_, options_.after) {
  by_name(configuration_.path, [&] {
    database_.set_journal_mode(configuration_.journal_mode);
    PositionTable::create(database_);
    claim_tables();
    recover();
    read_position();
  });
}

SqliteWriter::~SqliteWriter() {
  transaction_.reset();
  tables_.clear();
  try {
    // A reader that still needs the log keeps it; the next one to open carries on.
    database_.execute("pragma busy_timeout = 0; pragma wal_checkpoint(truncate)");
  } catch (const std::exception&) {
  }
}

void SqliteWriter::claim_tables() {
  if (!request_.connection.empty() && !locks_.take("connection " + request_.connection))
    fail(ErrorCode::conflict,
         fmt::format("{} is being written by another process for the same connection",
                     configuration_.path.string()));
  const auto held = positions_.streams();
  for (std::size_t index = 0; index < request_.streams.size(); ++index)
    tables_.push_back(claim_table(index, held));
}

std::unique_ptr<StreamTable> SqliteWriter::claim_table(
    std::size_t index, const std::map<protocol::StreamDescriptor, HeldPosition>& held) {
  const auto& stream = request_.streams[index];
  const auto& descriptor = stream.stream.stream.descriptor;
  const auto taken = [&](std::string_view name) {
    const auto is_name = [&](std::string_view other) {
      return sql_tables::same_name(dialect(), name, other);
    };
    return std::any_of(tables_.begin(), tables_.end(),
                       [&](const auto& it) { return is_name(it->table()); }) ||
           std::any_of(held.begin(), held.end(), [&](const auto& it) {
             return !(it.first == descriptor) && is_name(it.second.table) &&
                    table_exists(database_, it.second.table);
           });
  };
  auto own = held.find(descriptor);
  const auto table = sql_tables::choose_table(
      dialect(), stream.target, sql_tables::flat_table_name(dialect(), stream.target),
      own == held.end() ? std::string() : own->second.table, taken);
  // A stream that has moved to another table has no rows there.
  const bool is_held = own != held.end() && own->second.table == table;
  if (!is_held && own != held.end()) positions_.remove(descriptor);

  if (!locks_.take("table " + folded(table)))
    fail(ErrorCode::conflict, fmt::format("table '{}' of {} is being written by another process",
                                          table, configuration_.path.string()));
  refuse_foreign(table, is_held);
  return std::make_unique<StreamTable>(database_, positions_, stream,
                                       StreamTable::Job{request_.job, index}, table,
                                       is_held ? std::optional(own->second) : std::nullopt);
}

void SqliteWriter::refuse_foreign(const std::string& table, bool is_held) {
  const auto file = configuration_.path.string();
  if (const auto owner = positions_.other_owner(table))
    fail(ErrorCode::data_foreign,
         fmt::format("table '{}' of {} belongs to {}: give this connection a prefix or another "
                     "database, or drop the table",
                     table, file,
                     owner->empty() ? "rows that were written without Wharf's daemon"
                                    : "connection " + *owner));
  if (is_held || !find_table(database_, table) || is_empty(database_, table)) return;
  fail(ErrorCode::data_foreign,
       fmt::format("table '{}' of {} holds rows that no connection has written: rename or drop it",
                   table, file));
}

void SqliteWriter::recover() {
  for (std::size_t index = 0; index < tables_.size(); ++index) {
    const bool gone = tables_[index]->recover(slices_);
    if (gone) forget_in_global(request_.streams[index].stream.stream.descriptor);
  }
}

// Of a stream whose rows are gone the GLOBAL state must not speak. A LEGACY blob cannot be taken
// apart: it goes whole.
void SqliteWriter::forget_in_global(const protocol::StreamDescriptor& stream) {
  auto global = positions_.global();
  if (!global.state) return;
  auto state = protocol::parse_state(*global.state);
  if (state && state->type == protocol::StateMessage::Type::global && state->global) {
    std::erase_if(state->global->stream_states,
                  [&](const protocol::StreamState& it) { return it.descriptor == stream; });
    global.state = protocol::to_json(*state);
  } else {
    global.state.reset();
  }
  positions_.save(global);
}

void SqliteWriter::read_position() {
  const auto global = positions_.global();
  position_.job = global.job;
  position_.attempt = global.attempt;
  position_.epoch = global.epoch;
  position_.global = global.state;
  for (const auto& [stream, held] : positions_.streams()) {
    protocol::StreamPosition position;
    position.descriptor = stream;
    position.generation = held.generation;
    position.epoch = held.epoch;
    position.state = held.state;
    position.complete = held.complete;
    position_.streams.push_back(std::move(position));
  }
}

// ---- rows and commits

void SqliteWriter::begin() {
  if (transaction_) return;
  transaction_.emplace(database_);
  begun_ = std::chrono::steady_clock::now();
}

void SqliteWriter::end_group() {
  options_.after("before commit");
  transaction_->commit();
  transaction_.reset();
  for (const auto& table : tables_) table->group_ended();
  options_.after("committed");
}

void SqliteWriter::append(std::size_t stream, const record::RecordBatch& rows) {
  if (rows.empty()) return;
  by_name(configuration_.path, [&] {
    if (transaction_ && std::chrono::steady_clock::now() - begun_ >= options_.group_max)
      run_ahead();
    begin();
    tables_.at(stream)->append(rows);
    options_.after("appended");
  });
}

void SqliteWriter::run_ahead() {
  check_attempt();
  for (const auto& table : tables_) table->run_ahead();
  end_group();
}

bool SqliteWriter::wants_commit() const {
  return transaction_ && std::chrono::steady_clock::now() - begun_ >= options_.commit_wanted;
}

HeldGlobal SqliteWriter::check_attempt() const {
  auto held = positions_.global();
  if (request_.job && held.job &&
      std::tuple(*held.job, held.attempt.value_or(0)) >
          std::tuple(*request_.job, request_.attempt.value_or(0)))
    fail(ErrorCode::conflict,
         fmt::format("{} has rows of job {}, attempt {}, which is later than this attempt",
                     configuration_.path.string(), *held.job, held.attempt.value_or(0)));
  return held;
}

void SqliteWriter::commit(const connector::Commit& commit) {
  by_name(configuration_.path, [&] {
    begin();
    auto global = check_attempt();
    bool by_stream = false;
    for (const auto& stream : commit.streams) {
      tables_.at(stream.index)->cover(stream, commit.global.has_value());
      by_stream = by_stream || stream.state.has_value();
    }
    global.job = request_.job;
    global.attempt = request_.attempt;
    // States are either of streams or global: a new one of one kind ends the other.
    if (by_stream || global.epoch != request_.global_epoch) global.state.reset();
    if (commit.global) global.state = commit.global;
    global.epoch = request_.global_epoch;
    positions_.save(global);
    end_group();
    for (const auto& stream : commit.streams) tables_.at(stream.index)->settle(slices_);
  });
}

}  // namespace wharf::connectors::sqlite_destination
