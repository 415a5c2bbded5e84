#include "connectors/destination_sqlite/tables.h"

#include <fmt/format.h>
#include <wharf/record/meta_columns.h>

#include "connectors/destination_sqlite/user_indexes.h"
#include "connectors/sql_tables/names.h"
#include "sqlite/sqlite_error.h"
#include "sqlite/statement.h"

namespace wharf::connectors::sqlite_destination {
namespace {

using sqlite::quoted_name;

std::string column_sql(const FieldColumn& field) {
  const auto type = dialect().type_of(field.type);
  return type.empty() ? quoted_name(field.name) : quoted_name(field.name) + " " + std::string(type);
}

void add_missing_columns(sqlite::Connection& database, const TableInfo& table,
                         const std::vector<FieldColumn>& fields) {
  const auto add = [&](const FieldColumn& field) {
    if (table.find(field.name) != nullptr) return;
    database.execute(
        fmt::format("alter table {} add column {}", quoted_name(table.name), column_sql(field)));
  };
  add({std::string(record::kRawId), record::Type::string});
  add({std::string(record::kExtractedAt), record::Type::string});
  add({std::string(record::kGenerationId), record::Type::integer});
  add({std::string(record::kMeta), record::Type::string});
  for (const auto& field : fields) add(field);
}

std::string free_index_name(sqlite::Connection& database, const sql_tables::Move& move) {
  auto name = sql_tables::key_index_name(dialect(), move.target, move.key);
  const auto taken = [&] {
    return database.statement("select 1 from sqlite_schema where name = ?").run(name).next();
  };
  while (taken()) name += "_";
  return name;
}

void drop_other_key_indexes(sqlite::Connection& database, const std::string& table) {
  for (const auto& it : attached_to(database, table))
    if (it.type == "index" && it.name.starts_with(sql_tables::kKeyIndexPrefix))
      database.execute("drop index " + quoted_name(it.name));
}

bool is_own_index(const Attached& it) {
  return it.type == "index" && it.name.starts_with(sql_tables::kKeyIndexPrefix);
}

}  // namespace

void make_table(sqlite::Connection& database, const std::string& table,
                const std::vector<FieldColumn>& fields) {
  if (const auto standing = find_table(database, table))
    return add_missing_columns(database, *standing, fields);
  auto sql = fmt::format(
      "create table {} (\n  {} TEXT not null,\n  {} TEXT not null,\n  {} INTEGER not null,\n  {} "
      "TEXT not null",
      quoted_name(table), quoted_name(record::kRawId), quoted_name(record::kExtractedAt),
      quoted_name(record::kGenerationId), quoted_name(record::kMeta));
  for (const auto& field : fields) sql += ",\n  " + column_sql(field);
  database.execute(sql + "\n)");
}

void make_like(sqlite::Connection& database, const std::string& table, const TableInfo& model) {
  database.execute(renamed_sql(model.sql, table));
}

void make_key_index(sqlite::Connection& database, const sql_tables::Move& move) {
  if (has_unique_index(database, move.target, move.key)) return;
  drop_other_key_indexes(database, move.target);
  std::string columns;
  for (const auto& column : move.key)
    columns += (columns.empty() ? "" : ", ") + quoted_name(column);
  const auto sql =
      fmt::format("create unique index {} on {} ({})", quoted_name(free_index_name(database, move)),
                  quoted_name(move.target), columns);
  try {
    database.execute(sql);
  } catch (const sqlite::SqliteError& error) {
    if (!error.constraint()) throw;
    database.execute(sql_tables::remove_older_sql(move, "rowid"));
    database.execute(sql);
  }
}

void swap(sqlite::Connection& database, const std::string& target, const std::string& staging,
          const std::string& replaced) {
  std::vector<Attached> kept;
  if (table_exists(database, target)) {
    for (auto& it : attached_to(database, target))
      if (!is_own_index(it) && !is_copy(it)) kept.push_back(std::move(it));
    // Names in views and in other tables' triggers stay as they are (legacy_alter_table is on);
    // what hangs on the table itself would go with it, so it is made again.
    for (const auto& it : kept)
      database.execute(fmt::format("drop {} {}", it.type, quoted_name(it.name)));
    database.execute(
        fmt::format("alter table {} rename to {}", quoted_name(target), quoted_name(replaced)));
  }
  database.execute(
      fmt::format("alter table {} rename to {}", quoted_name(staging), quoted_name(target)));
  for (const auto& it : kept)
    if (!take_over_copy(database, target, it)) database.execute(it.sql);
  drop_copies(database, target);
}

void discard(sqlite::Connection& database, const std::string& table, Slices& slices) {
  if (!table_exists(database, table)) return;
  const auto rows = quoted_name(table);
  slices.run([&](std::int64_t most) {
    const auto first = database.number(fmt::format("select min(rowid) from {}", rows));
    const auto last = database.number(fmt::format("select max(rowid) from {}", rows));
    if (last - first < most * 20) {  // dropping costs little per row, deleting much
      database.execute("drop table " + rows);
      return false;
    }
    database.execute(fmt::format("delete from {} where rowid < {}", rows, first + most));
    return true;
  });
}

std::int64_t newest_row_number(sqlite::Connection& database, const std::string& table) {
  return database.number("select max(rowid) from " + quoted_name(table));
}

}  // namespace wharf::connectors::sqlite_destination
