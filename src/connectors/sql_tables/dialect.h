#pragma once

#include <wharf/record/schema.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::connectors::sql_tables {

/// In what the SQL destinations differ. Names are always quoted with double quotes, their case
/// kept.
struct Dialect {
  std::size_t name_limit = 63;   ///< bytes of the longest identifier
  bool names_fold_case = false;  ///< `Id` and `id` are one column
  /// Beginnings of names that belong to the database or to us; such a name gets a `_` in front.
  std::vector<std::string_view> reserved_prefixes;
  /// The declared type of a column; may be empty.
  std::string_view (*type_of)(record::Type) = nullptr;
  std::string_view same;  ///< `is`, `is not distinct from`: equal, or both null
  /// The condition that `a` is at least `b`, for values of a column of that type; neither true nor
  /// false if one is null.
  std::string (*at_least)(record::Type, const std::string& a, const std::string& b) = nullptr;
};

/// `"na""me"`.
std::string quoted(std::string_view name);
/// Whether the database takes both names for one.
bool same_name(const Dialect& dialect, std::string_view a, std::string_view b);

}  // namespace wharf::connectors::sql_tables
