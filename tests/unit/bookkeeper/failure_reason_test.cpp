#include "bookkeeper/failure_reason.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::bookkeeper;
using base::from_millis;

namespace {
ObservedTrace trace(Origin side, const std::string& message, long long at,
                    protocol::FailureType type = protocol::FailureType::system_error) {
  protocol::ErrorTrace body;
  body.message = message;
  body.failure_type = type;
  return {side, body, from_millis(at)};
}
ObservedError error(FailureOrigin origin, const std::string& message, long long at) {
  ObservedError seen;
  seen.origin = origin;
  seen.external = message;
  seen.at = from_millis(at);
  return seen;
}
}  // namespace

TEST_CASE("what connectors say comes first, by time, and decides the cause") {
  auto reasons = failure_reasons(
      {trace(Origin::destination, "late", 30),
       trace(Origin::source, "wrong password", 20, protocol::FailureType::config_error)},
      {error(FailureOrigin::source, "exit 1", 10)});
  REQUIRE(reasons.size() == 3);
  CHECK(reasons[0].external == "wrong password");
  CHECK(reasons[0].type == FailureType::config_error);
  CHECK(reasons[1].external == "late");
  CHECK(reasons[2].external == "exit 1");
}

TEST_CASE("what Wharf saw is kept to ten reasons and a word on the rest") {
  std::vector<ObservedError> errors;
  for (int i = 0; i < 13; ++i) errors.push_back(error(FailureOrigin::platform, "e", i));
  auto reasons = failure_reasons({}, errors);
  REQUIRE(reasons.size() == 11);
  CHECK(reasons.back().external == "3 further failures are left out");
}

TEST_CASE("a failure without a text of its own gets the one of its origin") {
  CHECK(failure_reasons({}, {error(FailureOrigin::destination, "", 1)})[0].external ==
        "Something went wrong within the destination connector");
}

TEST_CASE("long texts are capped between two characters") {
  auto reasons = failure_reasons({trace(Origin::source, std::string(49'999, 'x') + "ü", 1)}, {});
  CHECK(reasons[0].external.size() == 49'999);
}

TEST_CASE("the summary is JSON whatever the texts hold") {
  auto reasons = failure_reasons({trace(Origin::source, "a \"quote\"\nand a line", 5)}, {});
  CHECK(to_json(reasons, {base::JobId(12), 1}, true) ==
        R"({"failures":[{"failureOrigin":"source","failureType":"system_error",)"
        R"("externalMessage":"a \"quote\"\nand a line","retryable":true,"timestamp":5,)"
        R"("metadata":{"jobId":12,"attemptNumber":1,"from_trace_message":true}}],)"
        R"("partialSuccess":true})");
}
