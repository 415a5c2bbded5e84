#include "daemon/plan.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace wharf;
using Json = nlohmann::ordered_json;

namespace {

const Json kBasis = {{"source/1", "a"}, {"connection/2", "b"}};
const Json kChanges = Json::parse(
    R"([{"kind":"connection","name":"c","id":"2","action":"update","fields":[{"field":"prefix"}]}])");
const std::map<std::string, std::string> kNames = {{"source/1", "source 's'"},
                                                   {"connection/2", "connection 'c'"}};

std::string said(const Json& plan, const Json& basis = kBasis, const Json& changes = kChanges) {
  const auto held = daemon::hold_to_plan(plan.dump(), {basis, changes, kNames});
  return held ? "" : held.error().message;
}

Json plan_of(const Json& basis, const Json& changes) {
  return {{"basis", basis}, {"changes", changes}};
}

}  // namespace

TEST_CASE("a plan holds while nothing has changed") {
  CHECK(said(plan_of(kBasis, kChanges)).empty());
}

TEST_CASE("everything that was changed since is named") {
  const Json now = {{"source/1", "x"}, {"connection/2", "y"}};
  CHECK(said(plan_of(kBasis, kChanges), now) ==
        "the plan no longer holds: source 's' was changed since; connection 'c' was changed since. "
        "Make a new one with `wharf diff --out`.");
}

TEST_CASE("what is touched more or less than was planned is named") {
  const Json less = {{"source/1", "a"}};
  CHECK(said(plan_of(kBasis, kChanges), less).find("connection/2 is not what it was") !=
        std::string::npos);
  CHECK(said(plan_of(less, kChanges)).find("connection 'c' was changed since") !=
        std::string::npos);
}

TEST_CASE("the same things changed in another way than was shown are named once") {
  auto other = kChanges;
  other[0]["fields"][0]["field"] = "status";
  CHECK(said(plan_of(kBasis, other)) ==
        "the plan no longer holds: what would be done with connection 'c' is not what was shown. "
        "Make a new one with `wharf diff --out`.");
  CHECK(said(plan_of(kBasis, Json::array())).find("connection 'c'") != std::string::npos);
  CHECK(said(plan_of(kBasis, kChanges), kBasis, Json::array()).find("connection 'c'") !=
        std::string::npos);
}

TEST_CASE("what is no plan is refused as such") {
  for (const char* text : {"", "[]", "{}", R"({"basis":[],"changes":[]})"}) {
    const auto held = daemon::hold_to_plan(text, {kBasis, kChanges, kNames});
    REQUIRE_FALSE(held.has_value());
    CHECK(held.error().code == ErrorCode::invalid_argument);
  }
}
