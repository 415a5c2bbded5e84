#pragma once
// Names of tables and columns: cleaned, never colliding, and stable over runs (sync-semantics 3.7).

#include <wharf/protocol/catalog.h>
#include <wharf/record/schema.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/sql_tables/dialect.h"

namespace wharf::connectors::sql_tables {

/// First `digits` hex digits of the SHA-1 of `text`.
std::string hash_of(std::string_view text, std::size_t digits);

/// Letters, digits and `_` only; no leading digit, no reserved prefix; within the limit.
std::string clean_name(const Dialect& dialect, std::string_view name);
/// `<namespace>_<stream>`, or `<stream>`: for destinations that keep namespaces apart by name.
std::string flat_table_name(const Dialect& dialect, const protocol::StreamDescriptor& target);

/// The table of `target`: `base`, unless it is taken; then with a hash of namespace and name.
/// `former`: the table the stream had before, or empty: kept if it is still one of the two.
std::string choose_table(const Dialect& dialect, const protocol::StreamDescriptor& target,
                         std::string_view base, std::string_view former,
                         const std::function<bool(std::string_view)>& taken);

/// Field → column.
using ColumnNames = std::map<std::string, std::string, std::less<>>;

/// A column for each field of `schema`, as in `former` where that knows it (fields that are no
/// longer there keep theirs). None is called like a meta column or like one of `forbidden`.
ColumnNames choose_columns(const Dialect& dialect, const record::Schema& schema,
                           const ColumnNames& former, const std::vector<std::string>& forbidden);

/// Tables of ours beside `table`: far below every limit, and no stream's table is called so
/// (`_wharf_` is a reserved prefix).
std::string staging_name(const Dialect& dialect, std::string_view table, std::int64_t generation);
/// What all staging names of `table` begin with.
std::string staging_prefix(const Dialect& dialect, std::string_view table);
/// Where a table that was replaced waits for its removal.
std::string replaced_name(const Dialect& dialect, std::string_view table);
/// The unique index over the key; `table` may be a staging.
std::string key_index_name(const Dialect& dialect, std::string_view table,
                           const std::vector<std::string>& key);
inline constexpr std::string_view kKeyIndexPrefix = "_wharf_key_";

}  // namespace wharf::connectors::sql_tables
