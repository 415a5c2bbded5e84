#pragma once
// The statements that move rows from a source of rows (a table, or rows in memory) into a table,
// plainly or one row per key. Column names are the same on both sides.
//
// A row is newer than another of its key if its cursor is greater, null below every value; ties go
// to the row that comes later. Keys compare null as equal to null.

#include <wharf/record/schema.h>

#include <optional>
#include <string>
#include <vector>

#include "connectors/sql_tables/dialect.h"

namespace wharf::connectors::sql_tables {

struct Cursor {
  std::string column;
  record::Type type = record::Type::any;
};

struct Move {
  std::string source;
  std::string target;
  std::vector<std::string> columns;
  std::vector<std::string> key;  ///< of a merge
  std::optional<Cursor> cursor;
  /// Further condition on the source's rows, which are called `s`; empty: all.
  std::string where;
};

/// The condition that row `a` (`s`, `excluded`) replaces row `b` of its key; never null.
std::string newer_sql(const Dialect& dialect, const std::optional<Cursor>& cursor,
                      const std::string& a, const std::string& b);

std::string insert_sql(const Move& move);
/// Rows whose key has no null; needs a unique index over the key.
std::string upsert_sql(const Dialect& dialect, const Move& move);
/// Rows whose key has a null, which a unique index does not see: run both, in this order, for rows
/// that differ in their keys.
std::string update_null_keys_sql(const Dialect& dialect, const Move& move);
std::string insert_null_keys_sql(const Dialect& dialect, const Move& move);
/// Removes the target's rows for whose keys the source has a row that is newer.
std::string remove_sql(const Dialect& dialect, const Move& move);
/// Leaves of each key in the target its newest row; `row_number` is the column that tells which
/// came later. For a table that was not merged so far: cursors are compared as the database orders
/// them.
std::string remove_older_sql(const Move& move, const std::string& row_number);

}  // namespace wharf::connectors::sql_tables
