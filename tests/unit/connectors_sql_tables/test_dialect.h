#pragma once

#include "connectors/sql_tables/dialect.h"

/// A dialect as a database with few ideas of its own would have it.
inline wharf::connectors::sql_tables::Dialect test_dialect() {
  wharf::connectors::sql_tables::Dialect dialect;
  dialect.reserved_prefixes = {"_wharf_"};
  dialect.same = "is not distinct from";
  dialect.type_of = [](wharf::record::Type) -> std::string_view { return "TEXT"; };
  dialect.at_least = [](wharf::record::Type, const std::string& a, const std::string& b) {
    return a + " >= " + b;
  };
  return dialect;
}
