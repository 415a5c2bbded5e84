#include "connectors/sql_tables/dialect.h"

#include <algorithm>

namespace wharf::connectors::sql_tables {
namespace {

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text += '"';
}

bool same_name(const Dialect& dialect, std::string_view a, std::string_view b) {
  if (!dialect.names_fold_case) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return folded(x) == folded(y); });
}

}  // namespace wharf::connectors::sql_tables
