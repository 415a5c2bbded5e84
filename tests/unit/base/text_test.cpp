#include "base/text.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace wharf::base;

TEST_CASE("splitting keeps empty parts") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("trimming takes white space from both ends") {
  CHECK(trim(" \t a b \r\n") == "a b");
  CHECK(trim(" \n ").empty());
}

TEST_CASE("clipping never cuts a character in two") {
  CHECK(clip("aü", 2) == "a");
  CHECK(clip("aü", 3) == "aü");
  CHECK(clip("€", 2).empty());
}

TEST_CASE("F-59: every occurrence of every secret is masked, the longest first") {
  const std::vector<std::string> secrets{"pass", "password", "x"};
  CHECK(redact("password pass xyz", secrets) == "********** ********** xyz");
}
