#include "api/query.h"

#include <catch2/catch.hpp>

using namespace wharf::api;

TEST_CASE("lists come repeated or joined by commas") {
  const auto query = Query::parse("a=1&a=2%2C3&b=x&a=&a=4,5");
  REQUIRE(query);
  CHECK(query->list("a") == std::vector<std::string>{"1", "2", "3", "4", "5"});
  CHECK(query->list("c").empty());
  CHECK(query->find("b") == "x");
  CHECK_FALSE(query->find("c"));
}

TEST_CASE("a query is decoded") {
  const auto query = Query::parse("orderBy=createdAt%7CDESC&name=a+b&flag&empty=&&=x");
  REQUIRE(query);
  CHECK(query->find("orderBy") == "createdAt|DESC");
  CHECK(query->find("name") == "a b");
  CHECK(query->find("flag") == "");
  CHECK(query->find("empty") == "");
  CHECK_FALSE(Query::parse("a=%4"));
  CHECK_FALSE(Query::parse("a=%4g"));
  CHECK_FALSE(Query::parse("%00=1"));
}

TEST_CASE("what is encoded is decoded to the same") {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(percent_decoded(percent_encoded(all), true) == all);
  CHECK(percent_encoded("a-b_c.d~e/f") == "a-b_c.d~e%2Ff");
}
