#include "replication/row_tally.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace wharf;
using namespace wharf::replication;
using bookkeeper::RowCount;
using protocol::StateMessage;
using protocol::StreamDescriptor;

namespace {

const StreamDescriptor kA{{}, "a"};
const StreamDescriptor kB{"public", "b"};

StateMessage state_of(const StreamDescriptor& stream) {
  StateMessage state;
  state.type = StateMessage::Type::stream;
  state.stream.emplace();
  state.stream->descriptor = stream;
  return state;
}

StateMessage global_state() {
  StateMessage state;
  state.type = StateMessage::Type::global;
  return state;
}

// "a 2/20": stream, rows and bytes.
std::vector<std::string> told(const auto& counted, auto count_of) {
  std::vector<std::string> lines;
  for (const auto& each : counted) {
    const RowCount count = count_of(each);
    lines.push_back(each.stream.name + ' ' + std::to_string(count.rows) + '/' +
                    std::to_string(count.bytes));
  }
  return lines;
}

std::vector<std::string> reported(RowTally& tally) {
  return told(tally.report(), [](const auto& each) { return each.emitted; });
}

std::vector<std::string> covered(RowTally& tally, const StateMessage& state) {
  return told(tally.cover(state), [](const auto& each) { return each.rows; });
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a state covers its stream's rows since the one before, each row once") {
  RowTally tally({kA, kB});
  tally.count(0, 10);
  tally.count(0, 10);
  tally.count(1, 5);
  CHECK_FALSE(tally.has_state(0));
  CHECK(covered(tally, state_of(kA)) == Lines{"a 2/20"});
  CHECK(covered(tally, state_of(kA)) == Lines{"a 0/0"});
  CHECK(tally.has_state(0));
  CHECK_FALSE(tally.has_state(1));
  tally.count(0, 1);
  CHECK(covered(tally, state_of(kA)) == Lines{"a 1/1"});
  CHECK(tally.rows_read() == 4);
}

TEST_CASE("a state of all streams covers what none of them has covered yet") {
  RowTally tally({kA, kB});
  tally.count(0, 10);
  covered(tally, state_of(kA));
  tally.count(0, 3);
  tally.count(1, 5);
  CHECK(covered(tally, global_state()) == Lines{"a 1/3", "b 1/5"});
  CHECK(tally.has_state(1));
}

TEST_CASE("a state of a stream that nobody asked for covers nothing") {
  RowTally tally({kA});
  tally.count(0, 10);
  CHECK(covered(tally, state_of(kB)).empty());
  CHECK(covered(tally, state_of(kA)) == Lines{"a 1/10"});
}

TEST_CASE("a report is due with a stream's first row, with many, and when it was asked for") {
  RowTally tally({kA, kB});
  CHECK(tally.count(0, 1));
  CHECK(reported(tally) == Lines{"a 1/1"});
  CHECK_FALSE(tally.count(0, 1));
  CHECK(tally.count(1, 1));
  CHECK(reported(tally) == Lines{"a 2/2", "b 1/1"});
  CHECK(reported(tally).empty());

  int rows = 1;
  while (!tally.count(1, 1)) ++rows;
  CHECK(rows == 20'000);
  CHECK(reported(tally) == Lines{"b 20001/20001"});
  tally.report_with_next();
  CHECK(tally.count(0, 1));
}
