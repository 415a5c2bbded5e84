#include "bookkeeper/stream_stats.h"

#include <catch2/catch.hpp>

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
  stats.status(said(kPlain, Status::running, true));
  CHECK(stats.streams().at(kPlain).state == RunState::rate_limited);
  stats.emitted(kPlain, {1, 1});
  CHECK(stats.streams().at(kPlain).state == RunState::running);
}

TEST_CASE("a stream whose source is complete runs on until its last state is confirmed") {
  StreamStats stats({kPlain, kSpaced});
  stats.status(said(kPlain, Status::complete));
  CHECK(stats.streams().at(kPlain).state == RunState::running);
  CHECK(stats.streams().at(kPlain).source_complete);
  stats.completed(kPlain);
  stats.ended(false);
  CHECK(stats.streams().at(kPlain).state == RunState::complete);
  CHECK(stats.streams().at(kSpaced).state == RunState::incomplete);
}
