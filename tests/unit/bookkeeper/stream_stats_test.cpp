#include "bookkeeper/stream_stats.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace wharf;
using namespace wharf::bookkeeper;
using Status = protocol::StreamStatusTrace::Status;

namespace {
const protocol::StreamDescriptor kPlain{{}, "a"};
const protocol::StreamDescriptor kSpaced{"public", "b"};

protocol::StreamStatusTrace said(const protocol::StreamDescriptor& stream, Status status,
                                 bool limited = false) {
  protocol::StreamStatusTrace trace;
  trace.stream = stream;
  trace.status = status;
  trace.rate_limited = limited;
  return trace;
}

bool all(const protocol::StreamDescriptor&) {
  return true;
}
bool none(const protocol::StreamDescriptor&) {
  return false;
}
}  // namespace

TEST_CASE("counts of emitted rows are cumulative and never fall") {
  StreamStats stats({kPlain, kSpaced});
  stats.emitted(kPlain, {10, 100});
  stats.emitted(kPlain, {7, 70});
  CHECK(stats.streams().at(kPlain).emitted == RowCount{10, 100});
  CHECK(stats.streams().at(kPlain).state == RunState::running);
  stats.emitted({{}, "unknown"}, {1, 1});
  CHECK(stats.streams().size() == 2);
}

TEST_CASE("committed rows are never more than emitted ones") {
  StreamStats stats({kPlain});
  stats.committed(kPlain, {5, 50});
  stats.committed(kPlain, {5, 50});
  CHECK(stats.streams().at(kPlain).emitted == RowCount{10, 100});
  stats.committed_in_all(kPlain, {12, 130});
  CHECK(stats.total().committed == RowCount{12, 130});
}

TEST_CASE("a later estimate replaces the earlier, and both kinds void them all") {
  StreamStats stats({kPlain, kSpaced});
  stats.estimated({kPlain, false, 100, 1000});
  stats.estimated({kPlain, false, 200, {}});
  CHECK(stats.streams().at(kPlain).rows_estimated == 200);
  CHECK(stats.total().rows_estimated == 200);
  stats.estimated({{}, true, 500, {}});
  CHECK_FALSE(stats.streams().at(kPlain).rows_estimated.has_value());
  CHECK_FALSE(stats.total().rows_estimated.has_value());
  stats.estimated({kPlain, false, 100, {}});
  CHECK_FALSE(stats.total().rows_estimated.has_value());
}

TEST_CASE("a rate limit ends with the next plain RUNNING or the next row") {
  StreamStats stats({kPlain});
  auto limited = said(kPlain, Status::running, true);
  limited.quota_reset = 1'900'000'000'000;
  CHECK(stats.status(limited).has_value());
  CHECK(stats.streams().at(kPlain).state == RunState::rate_limited);
  CHECK(stats.streams().at(kPlain).quota_reset == 1'900'000'000'000);
  SECTION("rows of a state") {
    stats.moved(kPlain);
  }
  SECTION("row") {
    stats.emitted(kPlain, {1, 1});
  }
  SECTION("word") {
    CHECK(stats.status(said(kPlain, Status::running)).has_value());
  }
  CHECK(stats.streams().at(kPlain).state == RunState::running);
  CHECK_FALSE(stats.streams().at(kPlain).quota_reset.has_value());
}

TEST_CASE("a quota that is given back at no time that people know is one without a time") {
  StreamStats stats({kPlain});
  auto limited = said(kPlain, Status::running, true);
  for (const auto time : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    limited.quota_reset = time;
    CHECK(stats.status(limited).has_value());
    CHECK(stats.streams().at(kPlain).state == RunState::rate_limited);
    CHECK_FALSE(stats.streams().at(kPlain).quota_reset.has_value());
  }
}

TEST_CASE(
    "a COMPLETE for a stream outside the catalog is the source's fault, other words are not") {
  StreamStats stats({kPlain});
  CHECK(stats.status(said(kSpaced, Status::started)).has_value());
  CHECK(stats.status(said(kSpaced, Status::incomplete)).has_value());
  const auto noted = stats.status(said(kSpaced, Status::complete));
  REQUIRE(noted.has_error());
  CHECK(noted.error().code == ErrorCode::protocol_violation);
  CHECK(noted.error().origin == Origin::source);
  CHECK_THAT(noted.error().message, Catch::Contains("public.b"));
}

TEST_CASE("a stream whose source is complete runs on until its last state is confirmed") {
  StreamStats stats({kPlain, kSpaced});
  CHECK(stats.status(said(kPlain, Status::complete)).has_value());
  CHECK(stats.streams().at(kPlain).state == RunState::running);
  CHECK(stats.streams().at(kPlain).source_complete);
  stats.completed(kPlain);
  stats.ended(Ending::failed, all);
  CHECK(stats.streams().at(kPlain).state == RunState::complete);
  CHECK(stats.streams().at(kSpaced).state == RunState::incomplete);
  CHECK(stats.streams().at(kSpaced).incomplete_cause == IncompleteCause::failed);
}

TEST_CASE(
    "what an attempt succeeds with is complete only if its source said so and all is confirmed") {
  StreamStats stats({kPlain, kSpaced});
  CHECK(stats.status(said(kPlain, Status::complete)).has_value());
  SECTION("the source is silent about one of its streams") {
    stats.ended(Ending::succeeded, all);
    CHECK(stats.streams().at(kPlain).state == RunState::complete);
  }
  SECTION("a last state is not confirmed") {
    stats.ended(Ending::succeeded, none);
    CHECK(stats.streams().at(kPlain).incomplete_cause == IncompleteCause::failed);
  }
  SECTION("the source takes its word back") {
    CHECK(stats.status(said(kPlain, Status::incomplete)).has_value());
    stats.ended(Ending::succeeded, all);
    CHECK(stats.streams().at(kPlain).incomplete_cause == IncompleteCause::failed);
  }
  CHECK(stats.streams().at(kSpaced).state == RunState::incomplete);
  CHECK(stats.streams().at(kSpaced).incomplete_cause == IncompleteCause::failed);
}

TEST_CASE("of a source that knows no statuses a success is the word") {
  StreamStats stats({kPlain});
  stats.emitted(kPlain, {7, 70});
  SECTION("succeeded") {
    stats.ended(Ending::succeeded, all);
    CHECK(stats.streams().at(kPlain).state == RunState::complete);
    CHECK_FALSE(stats.streams().at(kPlain).incomplete_cause.has_value());
  }
  SECTION("succeeded, but for a state that nobody confirmed") {
    stats.ended(Ending::succeeded, none);
    CHECK(stats.streams().at(kPlain).incomplete_cause == IncompleteCause::failed);
  }
  SECTION("cancelled") {
    stats.ended(Ending::cancelled, all);
    CHECK(stats.streams().at(kPlain).state == RunState::incomplete);
    CHECK(stats.streams().at(kPlain).incomplete_cause == IncompleteCause::cancelled);
  }
}

TEST_CASE("what its source gave up had failed before somebody cancelled the rest") {
  StreamStats stats({kPlain, kSpaced});
  CHECK(stats.status(said(kPlain, Status::incomplete)).has_value());
  stats.ended(Ending::cancelled, none);
  CHECK(stats.streams().at(kPlain).incomplete_cause == IncompleteCause::failed);
  CHECK(stats.streams().at(kSpaced).incomplete_cause == IncompleteCause::cancelled);
}
