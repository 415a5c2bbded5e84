#include "replication/liveness.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::replication;
using namespace std::chrono_literals;

namespace {

const LivenessSigns::Time kBegan{1000h};

LivenessSigns fresh() {
  LivenessSigns signs;
  signs.began = kBegan;
  return signs;
}

std::optional<Side> dead_side(const LivenessSigns& signs, std::chrono::milliseconds after) {
  const auto dead = find_dead(signs, {}, kBegan + after);
  if (!dead) return std::nullopt;
  CHECK(dead->error.code == ErrorCode::timed_out);
  CHECK(dead->error.origin == (dead->side == Side::source ? Origin::source : Origin::destination));
  return dead->side;
}

}  // namespace

TEST_CASE("a source that sends nothing for its time is dead, and not a moment before") {
  CHECK_FALSE(dead_side(fresh(), 3h - 1ms));
  CHECK(dead_side(fresh(), 3h) == Side::source);
  auto signs = fresh();
  signs.source = kBegan + 2h;
  CHECK_FALSE(dead_side(signs, 5h - 1ms));
  CHECK(dead_side(signs, 5h) == Side::source);
}

TEST_CASE("a source whose definition says how long it may be silent goes by that alone") {
  for (const auto silence : {5s, std::chrono::seconds(5h)}) {
    const LivenessLimits limits{.max_between_messages = silence};
    CHECK_FALSE(find_dead(fresh(), limits, kBegan + silence - 1ms));
    const auto dead = find_dead(fresh(), limits, kBegan + silence);
    REQUIRE(dead.has_value());
    CHECK(dead->side == Side::source);
    CHECK_THAT(dead->error.message, Catch::Contains("max_seconds_between_messages"));
  }
  auto taken = fresh();
  taken.pump.is_blocked = true;
  CHECK_FALSE(find_dead(taken, {.max_between_messages = 5s}, kBegan + 6s));
}

TEST_CASE("a confirmation is a sign of life, whatever the source does") {
  auto signs = fresh();
  signs.source = kBegan + 1h;
  signs.destination = kBegan + 2h;
  CHECK_FALSE(dead_side(signs, 5h - 1ms));
  CHECK(dead_side(signs, 5h) == Side::source);
}

TEST_CASE("a source that has finished is never too silent; its destination has a day") {
  auto signs = fresh();
  signs.source = kBegan + 1h;
  signs.source_ended = true;
  CHECK_FALSE(dead_side(signs, 25h - 1ms));
  CHECK(dead_side(signs, 25h) == Side::destination);
}

TEST_CASE("a source that cannot send because nobody takes its rows is not at fault") {
  auto signs = fresh();
  signs.pump.is_blocked = true;
  CHECK_FALSE(dead_side(signs, 24h - 1ms));
  CHECK(dead_side(signs, 24h) == Side::destination);
}

TEST_CASE("what a pump has moved since it was looked at is a sign of that side, once") {
  auto signs = fresh();
  note_pump(signs, {.rows_read = 5}, kBegan + 1h);
  CHECK(signs.source == kBegan + 1h);
  CHECK(signs.destination == LivenessSigns::Time{});
  note_pump(signs, {.rows_read = 5, .bytes_taken = 9, .is_blocked = true}, kBegan + 2h);
  CHECK(signs.source == kBegan + 1h);
  CHECK(signs.destination == kBegan + 2h);
  CHECK(signs.pump.is_blocked);
  note_pump(signs, {.rows_read = 5, .bytes_taken = 9}, kBegan + 3h);
  CHECK(signs.source == kBegan + 1h);
  CHECK(signs.destination == kBegan + 2h);
  CHECK_FALSE(signs.pump.is_blocked);
}

TEST_CASE("an attempt ends after its longest time however lively it is") {
  auto signs = fresh();
  signs.source = kBegan + 30 * 24h;
  CHECK_FALSE(dead_side(signs, 30 * 24h - 1ms));
  CHECK(dead_side(signs, 30 * 24h) == Side::source);
}

TEST_CASE("limits are looked at often enough, and not all the time") {
  CHECK(look_every({}) == 1min);
  CHECK(look_every({.source_idle = 1s}) == 100ms);
  CHECK(look_every({.source_idle = 1ms}) == 20ms);
  CHECK(look_every({.max_between_messages = 2s}) == 200ms);
}
