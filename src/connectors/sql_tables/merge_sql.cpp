#include "connectors/sql_tables/merge_sql.h"

#include <fmt/format.h>

namespace wharf::connectors::sql_tables {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const auto& part : parts) {
    if (&part != &parts.front()) out += between;
    out += part;
  }
  return out;
}

template <class F>
std::vector<std::string> each(const std::vector<std::string>& columns, F&& f) {
  std::vector<std::string> out;
  for (const auto& column : columns) out.push_back(f(quoted(column)));
  return out;
}

std::string list(const std::vector<std::string>& columns, const std::string& prefix = {}) {
  return joined(each(columns, [&](const std::string& c) { return prefix + c; }), ", ");
}

std::string condition(const Move& move) {
  return move.where.empty() ? "true" : move.where;
}

std::string some_key_null(const Move& move) {
  return "(" +
         joined(each(move.key, [](const std::string& c) { return "s." + c + " is null"; }),
                " or ") +
         ")";
}

std::string same_key(const Dialect& dialect, const Move& move) {
  return joined(
      each(move.key,
           [&](const std::string& c) { return fmt::format("t.{} {} s.{}", c, dialect.same, c); }),
      " and ");
}

std::string assignments(const Move& move, const std::string& from) {
  return joined(each(move.columns,
                     [&](const std::string& c) { return fmt::format("{} = {}.{}", c, from, c); }),
                ", ");
}

}  // namespace

std::string newer_sql(const Dialect& dialect, const std::optional<Cursor>& cursor,
                      const std::string& a, const std::string& b) {
  if (!cursor) return "true";
  const auto column = quoted(cursor->column);
  const auto mine = a + "." + column;
  const auto theirs = b + "." + column;
  return fmt::format("({} is null or coalesce({}, false))", theirs,
                     dialect.at_least(cursor->type, mine, theirs));
}

std::string insert_sql(const Move& move) {
  return fmt::format("insert into {} ({})\nselect {}\nfrom {} as s\nwhere {}", quoted(move.target),
                     list(move.columns), list(move.columns, "s."), quoted(move.source),
                     condition(move));
}

std::string upsert_sql(const Dialect& dialect, const Move& move) {
  return fmt::format(
      "insert into {} as t ({})\nselect {}\nfrom {} as s\nwhere {}\non conflict ({}) do update set "
      "{}\nwhere {}",
      quoted(move.target), list(move.columns), list(move.columns, "s."), quoted(move.source),
      condition(move), list(move.key), assignments(move, "excluded"),
      newer_sql(dialect, move.cursor, "excluded", "t"));
}

std::string update_null_keys_sql(const Dialect& dialect, const Move& move) {
  return fmt::format("update {} as t set {}\nfrom {} as s\nwhere {}\nand {}\nand {}\nand {}",
                     quoted(move.target), assignments(move, "s"), quoted(move.source),
                     condition(move), some_key_null(move), same_key(dialect, move),
                     newer_sql(dialect, move.cursor, "s", "t"));
}

std::string insert_null_keys_sql(const Dialect& dialect, const Move& move) {
  return fmt::format(
      "insert into {} ({})\nselect {}\nfrom {} as s\nwhere {}\nand {}\nand not exists (select 1 "
      "from {} as t where {})",
      quoted(move.target), list(move.columns), list(move.columns, "s."), quoted(move.source),
      condition(move), some_key_null(move), quoted(move.target), same_key(dialect, move));
}

std::string remove_sql(const Dialect& dialect, const Move& move) {
  return fmt::format(
      "delete from {}\nwhere rowid in (select t.rowid from {} as s cross join {} as t\nwhere "
      "{}\nand "
      "{}\nand {})",
      quoted(move.target), quoted(move.source), quoted(move.target), condition(move),
      same_key(dialect, move), newer_sql(dialect, move.cursor, "s", "t"));
}

std::string remove_older_sql(const Move& move, const std::string& row_number) {
  const auto by_cursor =
      move.cursor ? quoted(move.cursor->column) + " desc nulls last, " : std::string();
  return fmt::format(
      "delete from {0}\nwhere {1} in (select id from (select {1} as id, row_number() over "
      "(partition "
      "by {2} order by {3}{1} desc) as place from {0}) where place > 1)",
      quoted(move.target), row_number, list(move.key), by_cursor);
}

}  // namespace wharf::connectors::sql_tables
