#pragma once
// What stands in a database: SQLite's own catalogue, asked by name.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/destination_sqlite/sqlite_dialect.h"
#include "sqlite/connection.h"

namespace wharf::connectors::sqlite_destination {

struct ColumnInfo {
  std::string name;
  Affinity affinity = Affinity::none;
  bool generated = false;
};

/// A table as it stands.
struct TableInfo {
  std::string name;  ///< as it was created
  std::string sql;   ///< its CREATE TABLE
  std::vector<ColumnInfo> columns;
  /// Row numbers only grow: none of the columns is the row number.
  bool own_row_numbers = true;

  const ColumnInfo* find(std::string_view column) const;
};

/// An index or trigger, with the statement that makes it again.
struct Attached {
  std::string type;
  std::string name;
  std::string sql;
};

/// The table of that name; nullopt: there is none. A view of that name, or a table without row
/// numbers, is a Failure (data_foreign).
std::optional<TableInfo> find_table(sqlite::Connection& connection, std::string_view name);
bool table_exists(sqlite::Connection& connection, std::string_view name);
bool is_empty(sqlite::Connection& connection, std::string_view table);
std::vector<std::string> tables_with_prefix(sqlite::Connection& connection,
                                            std::string_view prefix);
/// Indexes and triggers of a table that somebody made by a statement.
std::vector<Attached> attached_to(sqlite::Connection& connection, std::string_view table);
/// Whether a unique index stands over exactly these columns.
bool has_unique_index(sqlite::Connection& connection, std::string_view table,
                      const std::vector<std::string>& columns);
/// `sql` (a CREATE TABLE as SQLite keeps it) for a table of another name.
std::string renamed_sql(std::string_view sql, std::string_view name);
/// `sql` (a CREATE INDEX as SQLite keeps it) for an index and a table of other names; nullopt: it
/// is written too unusually, with comments between its words.
std::optional<std::string> index_sql_for(std::string_view sql, std::string_view index,
                                         std::string_view table);

}  // namespace wharf::connectors::sqlite_destination
