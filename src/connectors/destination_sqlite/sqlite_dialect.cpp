#include "connectors/destination_sqlite/sqlite_dialect.h"

#include <fmt/format.h>

#include <string>

#include "connectors/sql_tables/number_order.h"
#include "sqlite/row_source.h"

namespace wharf::connectors::sqlite_destination {
namespace {

using record::Type;

std::string_view type_of(Type type) {
  switch (type) {
    case Type::integer:
    case Type::number:
      return "";
    case Type::boolean:
      return "BOOLEAN";
    default:
      return "TEXT";
  }
}

std::string at_least(Type type, const std::string& a, const std::string& b) {
  switch (type) {
    case Type::integer:
    case Type::number:  // numbers as text, beyond 64 bits, are rare: only they pay for a function
      return fmt::format(
          "case when typeof({0}) = 'text' or typeof({1}) = 'text' then wharf_compare({0}, {1}) >= "
          "0 "
          "else {0} >= {1} end",
          a, b);
    case Type::timestamp_tz:  // "…:00Z" would stand behind "…:00.5Z"
      return fmt::format("rtrim({}, 'Z') >= rtrim({}, 'Z')", a, b);
    default:
      return fmt::format("{} >= {}", a, b);
  }
}

int compare(const sqlite::Datum& a, const sqlite::Datum& b) noexcept {
  using Is = sqlite::Datum::Kind;
  const auto digits = [](const sqlite::Datum& datum, fmt::memory_buffer& buffer) {
    if (datum.kind == Is::text) return datum.text;
    if (datum.kind == Is::integer)
      fmt::format_to(std::back_inserter(buffer), "{}", datum.integer);
    else
      fmt::format_to(std::back_inserter(buffer), "{}", datum.real);
    return std::string_view(buffer.data(), buffer.size());
  };
  fmt::memory_buffer of_a;
  fmt::memory_buffer of_b;
  return sql_tables::compare_numbers(digits(a, of_a), digits(b, of_b));
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

}  // namespace

const sql_tables::Dialect& dialect() {
  static const sql_tables::Dialect kDialect{.name_limit = 63,
                                            .names_fold_case = true,
                                            .reserved_prefixes = {"sqlite_", "_wharf_"},
                                            .type_of = type_of,
                                            .same = "is",
                                            .at_least = at_least};
  return kDialect;
}

void add_functions(sqlite::Connection& connection) {
  sqlite::add_comparison(connection, "wharf_compare", compare);
}

Affinity affinity_of(std::string_view declared_type) {
  std::string type;
  for (char c : declared_type) type += upper(c);
  const auto has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
  if (has("INT")) return Affinity::numeric;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return Affinity::text;
  if (type.empty() || has("BLOB")) return Affinity::none;
  if (has("REAL") || has("FLOA") || has("DOUB")) return Affinity::real;
  return Affinity::numeric;
}

}  // namespace wharf::connectors::sqlite_destination
