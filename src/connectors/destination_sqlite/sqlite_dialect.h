#pragma once

#include <cstdint>
#include <string_view>

#include "connectors/sql_tables/dialect.h"

namespace wharf::sqlite {
class Connection;
}

namespace wharf::connectors::sqlite_destination {

/// SQLite as the shared rules see it. Numbers have columns without a declared type: only those keep
/// a value as it is given, so that integers and doubles are stored as such and what neither holds
/// as the text of its digits. (A column declared INTEGER, REAL or NUMERIC would round that text.)
const sql_tables::Dialect& dialect();

/// Adds the function that the dialect compares numbers with, those kept as text included.
void add_functions(sqlite::Connection& connection);

/// What SQLite does to a value on its way into a column, by the column's declared type.
enum class Affinity : std::uint8_t { none, text, numeric, real };
Affinity affinity_of(std::string_view declared_type);

}  // namespace wharf::connectors::sqlite_destination
