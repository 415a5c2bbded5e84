#include "connectors/destination_sqlite/schema_view.h"

#include <fmt/format.h>
#include <wharf/error.h>

#include <algorithm>

#include "sqlite/statement.h"

namespace wharf::connectors::sqlite_destination {
namespace {

bool same(std::string_view a, std::string_view b) {
  return sql_tables::same_name(dialect(), a, b);
}

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw Failure(
      Error{ErrorCode::data_foreign,
            fmt::format("'{}' {}; rename or drop it, or give the stream another name", name, why),
            Origin::destination});
}

// Beyond the table's name, which may be quoted in any of SQL's and SQLite's ways.
std::size_t end_of_name(std::string_view sql, std::size_t at) {
  const char quote = sql[at];
  if (quote != '"' && quote != '`' && quote != '[' && quote != '\'') {
    while (at < sql.size() && sql[at] != '(' && sql[at] > ' ') ++at;
    return at;
  }
  const char close = quote == '[' ? ']' : quote;
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != close) continue;
    if (close == ']' || at + 1 >= sql.size() || sql[at + 1] != close) return at + 1;
    ++at;  // doubled: part of the name
  }
  return at;
}

std::size_t skip_space(std::string_view sql, std::size_t at) {
  while (at < sql.size() && sql[at] <= ' ') ++at;
  return at;
}

}  // namespace

const ColumnInfo* TableInfo::find(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ColumnInfo& it) { return same(it.name, column); });
  return found == columns.end() ? nullptr : &*found;
}

std::optional<TableInfo> find_table(sqlite::Connection& connection, std::string_view name) {
  TableInfo table;
  {
    auto run = connection
                   .statement(
                       "select type, name, sql from sqlite_schema "
                       "where name = ? collate nocase and type in ('table', 'view')")
                   .run(name);
    if (!run.next()) return std::nullopt;
    if (run.text(0) != "table") refuse(name, "is a view");
    table.name = run.string(1);
    table.sql = run.string(2);
  }
  {
    auto run = connection
                   .statement(
                       "select wr from pragma_table_list where name = ? and schema = "
                       "'main'")
                   .run(table.name);
    if (run.next() && run.integer(0) != 0) refuse(name, "is a table WITHOUT ROWID");
  }
  auto run = connection.statement("select name, type, hidden, pk from pragma_table_xinfo(?)")
                 .run(table.name);
  int keys = 0;
  bool integer_key = false;
  while (run.next()) {
    table.columns.push_back({run.string(0), affinity_of(run.text(1)), run.integer(2) > 1});
    if (run.integer(3) == 0) continue;
    ++keys;
    integer_key = same(run.text(1), "INTEGER");
  }
  table.own_row_numbers = !(keys == 1 && integer_key);
  return table;
}

bool table_exists(sqlite::Connection& connection, std::string_view name) {
  auto run = connection
                 .statement(
                     "select 1 from sqlite_schema where name = ? collate nocase and type = "
                     "'table'")
                 .run(name);
  return run.next();
}

bool is_empty(sqlite::Connection& connection, std::string_view table) {
  return connection.number(
             fmt::format("select exists (select 1 from {})", sqlite::quoted_name(table))) == 0;
}

std::vector<std::string> tables_with_prefix(sqlite::Connection& connection,
                                            std::string_view prefix) {
  std::vector<std::string> names;
  auto run = connection
                 .statement(
                     "select name from sqlite_schema where type = 'table' and "
                     "substr(name, 1, length(?1)) = ?1")
                 .run(prefix);
  while (run.next()) names.push_back(run.string(0));
  return names;
}

std::vector<Attached> attached_to(sqlite::Connection& connection, std::string_view table) {
  std::vector<Attached> found;
  auto run = connection
                 .statement(
                     "select type, name, sql from sqlite_schema where tbl_name = ? collate "
                     "nocase and type in ('index', 'trigger') and sql is not null")
                 .run(table);
  while (run.next()) found.push_back({run.string(0), run.string(1), run.string(2)});
  return found;
}

bool has_unique_index(sqlite::Connection& connection, std::string_view table,
                      const std::vector<std::string>& columns) {
  std::vector<std::string> indexes;
  {
    auto run = connection
                   .statement(
                       "select name from pragma_index_list(?) where \"unique\" = 1 and "
                       "partial = 0")
                   .run(table);
    while (run.next()) indexes.push_back(run.string(0));
  }
  return std::any_of(indexes.begin(), indexes.end(), [&](const std::string& index) {
    std::vector<std::string> found;
    auto run = connection
                   .statement(
                       "select coalesce(name, ''), coll from pragma_index_xinfo(?) where "
                       "key = 1 order by seqno")
                   .run(index);
    while (run.next()) found.push_back(run.text(1) == "BINARY" ? run.string(0) : std::string());
    return std::equal(found.begin(), found.end(), columns.begin(), columns.end(), same);
  });
}

std::string renamed_sql(std::string_view sql, std::string_view name) {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  WHARF_CHECK(sql.starts_with(kCreate));
  return std::string(kCreate) + sqlite::quoted_name(name) +
         std::string(sql.substr(end_of_name(sql, kCreate.size())));
}

std::optional<std::string> index_sql_for(std::string_view sql, std::string_view index,
                                         std::string_view table) {
  constexpr std::string_view kUnique = "CREATE UNIQUE INDEX ";
  constexpr std::string_view kPlain = "CREATE INDEX ";
  const std::string_view create = sql.starts_with(kUnique) ? kUnique : kPlain;
  if (!sql.starts_with(create)) return std::nullopt;
  const auto on = skip_space(sql, end_of_name(sql, create.size()));
  if (on + 2 >= sql.size() || !same(sql.substr(on, 2), "on")) return std::nullopt;
  const auto name = skip_space(sql, on + 2);
  const auto list = name < sql.size() ? skip_space(sql, end_of_name(sql, name)) : sql.size();
  if (list >= sql.size() || sql[list] != '(') return std::nullopt;
  return fmt::format("{}{} on {} {}", create, sqlite::quoted_name(index),
                     sqlite::quoted_name(table), sql.substr(list));
}

}  // namespace wharf::connectors::sqlite_destination
