#include "connectors/destination_sqlite/position_table.h"

#include <nlohmann/json.hpp>

#include "connectors/destination_sqlite/schema_view.h"
#include "sqlite/statement.h"

namespace wharf::connectors::sqlite_destination {
namespace {

using sql_tables::ColumnNames;
using sql_tables::HeldPosition;

// The row with an empty name is the connection's own; no stream is called so.
constexpr const char* kCreate = R"sql(
create table if not exists _wharf_position (
  connection text not null,
  namespace text not null,
  name text not null,
  table_name text,
  staging text,
  staging_end integer not null default 0,
  joining integer not null default 0,
  columns text,
  job integer,
  attempt integer,
  generation integer not null default 0,
  epoch integer not null default 0,
  state text,
  complete integer not null default 0,
  primary key (connection, namespace, name)
);
create table if not exists _wharf_tombstone (
  table_name text not null,
  key text not null,
  cursor,
  job integer,
  primary key (table_name, key)
) without rowid;
)sql";

std::string to_text(const ColumnNames& columns) {
  return nlohmann::json(columns).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ColumnNames columns_from(std::string_view text) {
  ColumnNames columns;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return columns;
  for (const auto& [field, column] : json.items())
    if (column.is_string()) columns.emplace(field, column.get<std::string>());
  return columns;
}

}  // namespace

void PositionTable::create(sqlite::Connection& database) {
  if (table_exists(database, kPositionTable) && table_exists(database, kTombstoneTable)) return;
  database.execute(kCreate);
}

std::map<protocol::StreamDescriptor, HeldPosition> PositionTable::streams() const {
  std::map<protocol::StreamDescriptor, HeldPosition> found;
  auto run = database_
                 .statement(
                     "select namespace, name, table_name, staging, staging_end, joining, "
                     "columns, generation, epoch, state, complete from _wharf_position "
                     "where connection = ? and name <> ''")
                 .run(connection_);
  while (run.next()) {
    protocol::StreamDescriptor stream;
    if (!run.text(0).empty()) stream.name_space = run.string(0);
    stream.name = run.string(1);
    HeldPosition held;
    held.table = run.string(2);
    held.staging = run.optional_string(3);
    held.staging_end = run.integer(4);
    held.joining = run.integer(5) != 0;
    held.columns = columns_from(run.text(6));
    held.generation = run.integer(7);
    held.epoch = run.integer(8);
    held.state = run.optional_string(9);
    held.complete = run.integer(10) != 0;
    found.emplace(std::move(stream), std::move(held));
  }
  return found;
}

HeldGlobal PositionTable::global() const {
  auto run = database_
                 .statement(
                     "select job, attempt, epoch, state from _wharf_position "
                     "where connection = ? and namespace = '' and name = ''")
                 .run(connection_);
  if (!run.next()) return {};
  return {run.optional_integer(0), run.optional_integer(1), run.integer(2), run.optional_string(3)};
}

void PositionTable::save(const protocol::StreamDescriptor& stream, const HeldPosition& held) {
  const auto columns = to_text(held.columns);
  database_
      .statement(
          "insert or replace into _wharf_position (connection, namespace, name, table_name, "
          "staging, staging_end, joining, columns, generation, epoch, state, complete) "
          "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .execute(connection_, stream.name_space.value_or(""), stream.name, held.table, held.staging,
               held.staging_end, held.joining, columns, held.generation, held.epoch, held.state,
               held.complete);
}

void PositionTable::save(const HeldGlobal& global) {
  database_
      .statement(
          "insert or replace into _wharf_position (connection, namespace, name, job, "
          "attempt, epoch, state) values (?, '', '', ?, ?, ?, ?)")
      .execute(connection_, global.job, global.attempt, global.epoch, global.state);
}

void PositionTable::remove(const protocol::StreamDescriptor& stream) {
  database_
      .statement("delete from _wharf_position where connection = ? and namespace = ? and name = ?")
      .execute(connection_, stream.name_space.value_or(""), stream.name);
}

std::optional<std::string> PositionTable::other_owner(std::string_view table) {
  std::string owner;
  std::optional<std::string> staging;
  {
    auto run = database_
                   .statement(
                       "select connection, staging from _wharf_position where table_name = ? "
                       "collate nocase and connection <> ?")
                   .run(table, connection_);
    if (!run.next()) return std::nullopt;
    owner = run.string(0);
    staging = run.optional_string(1);
  }
  if (table_exists(database_, table) || (staging && table_exists(database_, *staging)))
    return owner;
  database_
      .statement(
          "delete from _wharf_position where table_name = ? collate nocase and connection <> "
          "?")
      .execute(table, connection_);
  return std::nullopt;
}

void PositionTable::forget_tombstones(std::string_view table, std::optional<std::int64_t> job) {
  if (!has_tombstones(table)) return;
  database_
      .statement(
          "delete from _wharf_tombstone where table_name = ? and (?2 is null or job is not "
          "?2)")
      .execute(table, job);
}

bool PositionTable::has_tombstones(std::string_view table) const {
  auto run =
      database_.statement("select 1 from _wharf_tombstone where table_name = ? limit 1").run(table);
  return run.next();
}

}  // namespace wharf::connectors::sqlite_destination
