#pragma once

#include <string_view>

namespace wharf::connectors::sql_tables {

/// Compares two decimal numbers (JSON's grammar) exactly, whatever their size: below 0, 0, above 0.
/// What is no number stands below every number, and among its like by its bytes.
int compare_numbers(std::string_view a, std::string_view b) noexcept;

}  // namespace wharf::connectors::sql_tables
