#include "protocol/decimal.h"

#include <catch2/catch.hpp>

#include "protocol/json_node.h"

using namespace wharf::protocol;

TEST_CASE("an integer is read in whatever form it is written") {
  for (const char* twelve : {"12", "12.0", "1.2e1", "1.2E+1", "120e-1", "0.0012e4", "12.000e0"}) {
    CHECK(exact_integer(twelve) == 12);
  }
  CHECK(exact_integer("-0.0") == 0);
  CHECK(exact_integer("0e999999999999999999999") == 0);
  CHECK(exact_integer("9223372036854775807") == 9223372036854775807);
  CHECK(exact_integer("-9.223372036854775808e18") == -9223372036854775807 - 1);
}

TEST_CASE("what has a fraction or does not fit is no integer") {
  for (const char* none : {"12.5", "1e-1", "9223372036854775808", "1e19", "1e400", "-1e30",
                           "1e999999999999999999999", "1e-999999999999999999999"}) {
    INFO(none);
    CHECK_FALSE(exact_integer(none));
  }
}

TEST_CASE("two spellings of a number are equal, two numbers are not") {
  CHECK(Decimal("100") == Decimal("1e2"));
  CHECK(Decimal("0.00") == Decimal("-0e5"));
  CHECK(Decimal("1.2300") == Decimal("0.123e1"));
  CHECK_FALSE(Decimal("1") == Decimal("-1"));
  CHECK_FALSE(Decimal("1e400") == Decimal("1e401"));
  CHECK_FALSE(Decimal("0.1000000000000000000000000000000000000001") == Decimal("0.1"));
}
