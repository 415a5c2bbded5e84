#include "bookkeeper/stream_stats.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::bookkeeper;
using Status = protocol::StreamStatusTrace::Status;

namespace {
const protocol::StreamDescriptor kA{{}, "a"};
const protocol::StreamDescriptor kB{"public", "b"};

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
  StreamStats stats({kA, kB});
  stats.emitted(kA, {10, 100});
  stats.emitted(kA, {7, 70});
  CHECK(stats.streams().at(kA).emitted == RowCount{10, 100});
  CHECK(stats.streams().at(kA).state == RunState::running);
  stats.emitted({{}, "unknown"}, {1, 1});
  CHECK(stats.streams().size() == 2);
}

TEST_CASE("committed rows are never more than emitted ones") {
  StreamStats stats({kA});
  stats.committed(kA, {5, 50});
  stats.committed(kA, {5, 50});
  CHECK(stats.streams().at(kA).emitted == RowCount{10, 100});
  stats.committed_in_all(kA, {12, 130});
  CHECK(stats.total().committed == RowCount{12, 130});
}

TEST_CASE("a later estimate replaces the earlier, and both kinds void them all") {
  StreamStats stats({kA, kB});
  stats.estimated({kA, false, 100, 1000});
  stats.estimated({kA, false, 200, {}});
  CHECK(stats.streams().at(kA).rows_estimated == 200);
  CHECK(stats.total().rows_estimated == 200);
  stats.estimated({{}, true, 500, {}});
  CHECK_FALSE(stats.streams().at(kA).rows_estimated.has_value());
  CHECK_FALSE(stats.total().rows_estimated.has_value());
  stats.estimated({kA, false, 100, {}});
  CHECK_FALSE(stats.total().rows_estimated.has_value());
}

TEST_CASE("a rate limit ends with the next plain RUNNING or the next row") {
  StreamStats stats({kA});
  stats.status(said(kA, Status::running, true));
  CHECK(stats.streams().at(kA).state == RunState::rate_limited);
  stats.emitted(kA, {1, 1});
  CHECK(stats.streams().at(kA).state == RunState::running);
}

TEST_CASE("a stream whose source is complete runs on until its last state is confirmed") {
  StreamStats stats({kA, kB});
  stats.status(said(kA, Status::complete));
  CHECK(stats.streams().at(kA).state == RunState::running);
  CHECK(stats.streams().at(kA).source_complete);
  stats.completed(kA);
  stats.ended(false);
  CHECK(stats.streams().at(kA).state == RunState::complete);
  CHECK(stats.streams().at(kB).state == RunState::incomplete);
}
