#pragma once
// What is done to tables: made, widened, indexed, replaced, removed. All within the caller's
// transaction, but `discard`.

#include <wharf/record/schema.h>

#include <optional>
#include <string>
#include <vector>

#include "connectors/destination_sqlite/schema_view.h"
#include "connectors/destination_sqlite/slices.h"
#include "connectors/sql_tables/merge_sql.h"

namespace wharf::connectors::sqlite_destination {

/// A field's column.
struct FieldColumn {
  std::string name;
  record::Type type = record::Type::any;
};

/// Makes `table` with the meta columns and these; or adds those that it lacks.
void make_table(sqlite::Connection& database, const std::string& table,
                const std::vector<FieldColumn>& fields);
/// Makes `table` with the definition of `model`: the user's columns, defaults and constraints too.
void make_like(sqlite::Connection& database, const std::string& table, const TableInfo& model);

/// Sees to it that no two rows of `move.target` have the same key and that an index keeps it so;
/// of a table that was not merged so far, the older rows of a key are removed.
void make_key_index(sqlite::Connection& database, const sql_tables::Move& move);

/// Puts `staging` in the place of `target`, whose views, triggers and indexes stay. The old rows
/// remain under the name `replaced`, to be discarded.
void swap(sqlite::Connection& database, const std::string& target, const std::string& staging,
          const std::string& replaced);

/// Drops `table`, in slices if it is large.
void discard(sqlite::Connection& database, const std::string& table, Slices& slices);

std::int64_t newest_row_number(sqlite::Connection& database, const std::string& table);

}  // namespace wharf::connectors::sqlite_destination
