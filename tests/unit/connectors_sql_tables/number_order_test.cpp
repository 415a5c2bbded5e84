#include "connectors/sql_tables/number_order.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using wharf::connectors::sql_tables::compare_numbers;

TEST_CASE("F-03: numbers of any size are compared by value, not by their text") {
  // Each is greater than the one before it.
  const std::vector<std::string> rising = {"nonsense",
                                           "-1e400",
                                           "-18446744073709551617",
                                           "-18446744073709551616",
                                           "-10",
                                           "-9",
                                           "-0.5",
                                           "-1e-400",
                                           "0",
                                           "1E-400",
                                           "0.1",
                                           "0.10000000000000000000000000000000000001",
                                           "9",
                                           "10",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "9223372036854775808.5",
                                           "1e400",
                                           "1.1e+400"};
  for (std::size_t i = 0; i < rising.size(); ++i)
    for (std::size_t j = 0; j < rising.size(); ++j) {
      INFO(rising[i] << " and " << rising[j]);
      const int order = compare_numbers(rising[i], rising[j]);
      CHECK((order < 0) == (i < j));
      CHECK((order > 0) == (i > j));
    }
}

TEST_CASE("spellings of one number are equal") {
  CHECK(compare_numbers("0", "-0.0") == 0);
  CHECK(compare_numbers("100", "1e2") == 0);
  CHECK(compare_numbers("100.000", "0.1E+3") == 0);
  CHECK(compare_numbers("-12.50", "-1.25e1") == 0);
}
