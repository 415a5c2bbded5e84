#include "connector/coverage.h"

#include <wharf/error.h>

#include <catch2/catch.hpp>

#include <string>

namespace wharf::connector {
namespace {

using protocol::StateMessage;

StateMessage stream_state(std::int64_t id, const std::string& partition, std::int64_t rows,
                          const std::string& stream = "a") {
  StateMessage state;
  state.type = StateMessage::Type::stream;
  state.stream.emplace();
  state.stream->descriptor.name = stream;
  state.stream->state = "{\"id\":" + std::to_string(id) + "}";
  state.id = id;
  state.partition_id = partition;
  state.source_stats.emplace();
  state.source_stats->record_count = rows;
  return state;
}

StateMessage global_state(std::int64_t id, const std::string& partition, std::int64_t rows) {
  auto state = stream_state(id, partition, rows);
  state.type = StateMessage::Type::global;
  state.stream.reset();
  state.global.emplace();
  return state;
}

Coverage by_id(bool direct) {
  return Coverage({{{}, "a"}, {{}, "b"}}, Coverage::Order::by_id, direct);
}

void rows(Coverage& coverage, std::size_t stream, const std::string& partition, int count) {
  for (int i = 0; i < count; ++i) ++coverage.partition(stream, partition).rows;
}

std::string said(const Covered& covered) {
  return *covered.state.stream->state;
}

TEST_CASE("a state waits for its rows, and for the states before it") {
  auto coverage = by_id(false);
  rows(coverage, 0, "p2", 2);
  coverage.take(stream_state(2, "p2", 2));
  CHECK_FALSE(coverage.next(0));
  coverage.take(stream_state(1, "p1", 3));
  rows(coverage, 0, "p1", 2);
  CHECK_FALSE(coverage.next(0));
  rows(coverage, 0, "p1", 1);
  CHECK(coverage.partition(0, "p1").awaited);
  auto first = coverage.next(0);
  REQUIRE(first);
  CHECK(said(*first) == R"({"id":1})");
  CHECK(first->rows == 3);
  auto second = coverage.next(0);
  REQUIRE(second);
  CHECK(said(*second) == R"({"id":2})");
  CHECK_FALSE(coverage.next(0));
  CHECK(coverage.is_settled(0));
  CHECK_FALSE(coverage.missing());
}

TEST_CASE("an empty partition is covered without a row") {
  auto coverage = by_id(true);
  coverage.take(stream_state(1, "p1", 0));
  auto covered = coverage.next(0);
  REQUIRE(covered);
  CHECK(covered->partitions.empty());
}

TEST_CASE("one partition of a stream at a time goes on directly") {
  auto coverage = by_id(true);
  CHECK(coverage.partition(0, "p1").may_go_direct);
  CHECK_FALSE(coverage.partition(0, "p2").may_go_direct);
  CHECK(coverage.partition(1, "p3").may_go_direct);
  CHECK_FALSE(coverage.has_uncovered_appended(0));
  coverage.partition(0, "p1").direct = true;
  rows(coverage, 0, "p1", 1);
  CHECK(coverage.has_uncovered_appended(0));
  coverage.take(stream_state(1, "p1", 1));
  REQUIRE(coverage.next(0));
  CHECK_FALSE(coverage.has_uncovered_appended(0));
}

TEST_CASE("a partition whose state is known not to be the next one does not go on directly") {
  auto coverage = by_id(true);
  coverage.take(stream_state(1, "p1", 1));
  CHECK_FALSE(coverage.partition(0, "p2").may_go_direct);
}

TEST_CASE("a GLOBAL state covers the rows of its partition in all streams") {
  auto coverage = by_id(false);
  rows(coverage, 1, "g1", 2);
  coverage.take(global_state(1, "g1", 5));
  CHECK_FALSE(coverage.next(1));
  rows(coverage, 0, "g1", 3);
  auto covered = coverage.next(0);
  REQUIRE(covered);
  CHECK(covered->rows == 5);
  REQUIRE(covered->partitions.size() == 2);
  CHECK(covered->partitions[0].stream == 1);
}

TEST_CASE("a GLOBAL state covers the snapshot partitions of single streams too") {
  auto coverage = by_id(false);
  rows(coverage, 0, "s1", 4);
  auto state = global_state(1, "g1", 4);
  state.global->stream_states.emplace_back();
  state.global->stream_states[0].descriptor.name = "a";
  state.global->stream_states[0].partition_id = "s1";
  coverage.take(state);
  REQUIRE(coverage.next(0));
  CHECK(coverage.is_settled(0));
}

TEST_CASE("by arrival a state covers what came before it, whatever ids the platform gave") {
  Coverage coverage({{{}, "a"}, {{}, "b"}}, Coverage::Order::by_arrival, true);
  rows(coverage, 0, "", 2);
  rows(coverage, 1, "", 1);
  CHECK(coverage.partition(1, "").may_go_direct);
  coverage.partition(1, "").direct = true;
  auto state = stream_state(71, "", 2);
  coverage.take(state);
  auto covered = coverage.next(0);
  REQUIRE(covered);
  CHECK(covered->rows == 2);
  CHECK(coverage.has_uncovered_appended(1));
}

TEST_CASE("what breaks the order is refused by name") {
  auto refused = [](Coverage coverage, const StateMessage& state) {
    try {
      coverage.take(state);
      coverage.next(0);
    } catch (const Failure& failure) {
      CHECK(failure.error().code == ErrorCode::protocol_violation);
      return failure.error().message;
    }
    return std::string();
  };
  auto one_taken = [] {
    auto coverage = by_id(false);
    coverage.take(stream_state(1, "p1", 1));
    return coverage;
  };
  auto with_rows = [] {
    auto coverage = by_id(false);
    rows(coverage, 0, "p1", 3);
    return coverage;
  };
  auto without_count = stream_state(1, "p1", 1);
  without_count.source_stats.reset();
  CHECK(refused(by_id(false), without_count).find("recordCount") != std::string::npos);
  CHECK(refused(one_taken(), stream_state(1, "p1", 1)) == "state 1 of a came twice");
  CHECK(refused(one_taken(), global_state(1, "g", 1)).find("do not mix") != std::string::npos);
  CHECK(refused(by_id(false), stream_state(1, "p", 1, "zz")).find("zz") != std::string::npos);
  CHECK(refused(with_rows(), stream_state(1, "p1", 2)) ==
        "state 1 of a stands for 2 records, and 3 came");
}

TEST_CASE("what is missing at the end is named") {
  auto coverage = by_id(false);
  coverage.take(stream_state(2, "p2", 0));
  REQUIRE(coverage.missing());
  CHECK(coverage.missing()->find("state 1 never came") != std::string::npos);
  coverage.take(stream_state(1, "p1", 3));
  rows(coverage, 0, "p1", 1);
  CHECK(coverage.missing()->find("3 records, and 1 came") != std::string::npos);
}

}  // namespace
}  // namespace wharf::connector
