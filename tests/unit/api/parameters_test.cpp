#include "api/parameters.h"

#include <catch2/catch.hpp>

#include "api/problem.h"

using namespace wharf;
using namespace wharf::api;

namespace {

Request asked(std::string_view query) {
  Request request;
  request.query = Query::parse(query).value();
  return request;
}

}  // namespace

TEST_CASE("a switch is true or false in any case, and false if it is not there") {
  CHECK(flag_of(asked("deep=true"), "deep"));
  CHECK(flag_of(asked("deep=True"), "deep"));
  CHECK_FALSE(flag_of(asked("deep=FALSE"), "deep"));
  CHECK_FALSE(flag_of(asked("other=true"), "deep"));
  for (const auto* query : {"deep=", "deep", "deep=1", "deep=yes", "deep=null"})
    CHECK_THROWS_AS(flag_of(asked(query), "deep"), Refused);
}

TEST_CASE("a time has Z, an offset, or none, which is UTC") {
  const auto noon = base::from_millis(1'767'355'445'678);
  for (const auto* query :
       {"at=2026-01-02T12:04:05.678Z", "at=2026-01-02T12%3A04%3A05.678%2B00%3A00",
        "at=2026-01-02T12:04:05.678000", "at=2026-01-02T14:04:05.678%2B02:00"})
    CHECK(time_of(asked(query), "at") == noon);
  CHECK_FALSE(time_of(asked(""), "at"));
  for (const auto* query : {"at=", "at=noon", "at=2026-13-02T12:04:05Z", "at=1767355445678"})
    CHECK_THROWS_AS(time_of(asked(query), "at"), Refused);
}

TEST_CASE("ids come repeated, joined by commas and in capitals") {
  CHECK(ids_of(asked("id=A,b&id=c&other=d&id="), "id") == std::vector<std::string>{"a", "b", "c"});
  CHECK(ids_of(asked(""), "id").empty());
}
