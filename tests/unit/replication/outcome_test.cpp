#include "replication/outcome.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::replication;

TEST_CASE("what a connector says of its secret is in no reason, before anything is cut short") {
  AttemptFacts facts;
  facts.failures.push_back({ErrorCode::protocol_violation, "this is no message: hunter22"});
  bookkeeper::ObservedTrace said;
  said.trace.message = "login with hunter22 failed";
  said.trace.internal_message = "hunter22";
  said.trace.stack_trace = std::string(100'000, 'x') + "hunter22";
  facts.traces.push_back(said);
  const std::vector<std::string> secrets{"hunter22"};
  mask(facts, secrets);
  CHECK(facts.failures.front().message == "this is no message: **********");
  const auto& trace = facts.traces.front().trace;
  CHECK(trace.message == "login with ********** failed");
  CHECK(trace.internal_message == "**********");
  CHECK(trace.stack_trace.find("hunter") == std::string::npos);
  for (const auto& reason : conclude(facts).reasons) {
    CHECK((reason.external + reason.internal + reason.stack).find("hunter") == std::string::npos);
  }
}
