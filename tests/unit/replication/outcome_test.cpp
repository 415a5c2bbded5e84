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

TEST_CASE("an attempt that ends with Wharf says so, and that nobody cancelled it") {
  AttemptFacts facts;
  facts.stopped = StopCause::shutdown;
  facts.failures.push_back({ErrorCode::cancelled, "stopped before the destination stood"});
  facts.failures.push_back({ErrorCode::connector_failed, "exit 1", Origin::source});
  facts.now = base::from_millis(5);
  const auto outcome = conclude(facts);
  CHECK(outcome.verdict == Outcome::Verdict::stopped);
  REQUIRE(outcome.reasons.size() == 2);
  CHECK(outcome.reasons[0].origin == bookkeeper::FailureOrigin::platform);
  CHECK(outcome.reasons[0].type == bookkeeper::FailureType::transient_error);
  CHECK(outcome.reasons[0].at == facts.now);
  CHECK(outcome.reasons[1].external == "exit 1");
  const auto end = attempt_end(outcome, {base::JobId(1), 0});
  CHECK(end.how == job::AttemptEnd::How::failed);
  CHECK(end.failed.by_restart);
  CHECK(end.failures->find("manual_cancellation") == std::string::npos);
}

TEST_CASE("an attempt of an inactive connection ends its job as cancelled, and why is said") {
  AttemptFacts facts;
  facts.stopped = StopCause::inactive;
  facts.failures.push_back({ErrorCode::cancelled, "its connection is inactive"});
  const auto outcome = conclude(facts);
  CHECK(outcome.verdict == Outcome::Verdict::cancelled);
  REQUIRE(outcome.reasons.size() == 1);
  CHECK(outcome.reasons[0].type == bookkeeper::FailureType::manual_cancellation);
  const auto end = attempt_end(outcome, {base::JobId(1), 0});
  CHECK(end.how == job::AttemptEnd::How::cancelled);
  CHECK(end.cause == "its connection is inactive");
}

TEST_CASE("F-53: a failure within the grace of a cancel is reported beside it, not hidden by it") {
  AttemptFacts facts;
  facts.stopped = StopCause::cancel;
  facts.now = base::from_millis(7000);
  facts.failures.push_back(
      {ErrorCode::connector_failed, "the destination ended with exit code 3", Origin::destination});
  const auto outcome = conclude(facts);
  CHECK(outcome.verdict == Outcome::Verdict::cancelled);
  REQUIRE(outcome.reasons.size() == 2);
  CHECK(outcome.reasons.front().type == bookkeeper::FailureType::manual_cancellation);
  CHECK(outcome.reasons.back().origin == bookkeeper::FailureOrigin::destination);
  CHECK(outcome.reasons.back().external == "the destination ended with exit code 3");
  const auto end = attempt_end(outcome, {base::JobId(1), 0});
  CHECK(end.how == job::AttemptEnd::How::cancelled);
  CHECK(end.failures->find("the destination ended with exit code 3") != std::string::npos);
}
