#include "replication/attempt_machine.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::replication;

namespace {

template <class T>
const T* find(const std::vector<Effect>& effects) {
  for (const auto& effect : effects) {
    if (const auto* found = std::get_if<T>(&effect)) return found;
  }
  return nullptr;
}

AttemptState flowing() {
  AttemptState state;
  auto effects = step(state, DestinationReady{});
  REQUIRE(find<LaunchSource>(effects) != nullptr);
  return state;
}

constexpr process::ExitStatus kGood{};
constexpr process::ExitStatus kBad{.code = 1, .shim_lost = false};

}  // namespace

TEST_CASE("a good source's end closes the input as complete, a good destination's end finishes") {
  AttemptState state = flowing();
  auto effects = step(state, Ended{Side::source, kGood});
  REQUIRE(find<CloseDestinationInput>(effects) != nullptr);
  CHECK(find<CloseDestinationInput>(effects)->complete);
  effects = step(state, Ended{Side::destination, kGood});
  CHECK(find<Finish>(effects) != nullptr);
  CHECK(state.failures.empty());
}

TEST_CASE("a source that fails leaves its streams incomplete, and the destination may commit") {
  AttemptState state = flowing();
  auto effects = step(state, Ended{Side::source, kBad});
  REQUIRE(find<CloseDestinationInput>(effects) != nullptr);
  CHECK_FALSE(find<CloseDestinationInput>(effects)->complete);
  CHECK(find<Stop>(effects) == nullptr);
  step(state, Ended{Side::destination, kGood});
  REQUIRE(state.failures.size() == 1);
  CHECK(state.failures.front().origin == Origin::source);
}

TEST_CASE("a destination that ends before the source stops the source and is at fault") {
  AttemptState state = flowing();
  auto effects = step(state, Ended{Side::destination, kGood});
  REQUIRE(find<Stop>(effects) != nullptr);
  CHECK(find<Stop>(effects)->side == Side::source);
  effects = step(state, Ended{Side::source, {.code = 143, .shim_lost = false}});
  CHECK(find<Finish>(effects) != nullptr);
  REQUIRE(state.failures.size() == 1);
  CHECK(state.failures.front().origin == Origin::destination);
}

TEST_CASE("a stop ends the source first, and neither its signal nor the early end is a failure") {
  AttemptState state = flowing();
  auto effects = step(state, StopRequested{});
  REQUIRE(find<Stop>(effects) != nullptr);
  CHECK(find<Stop>(effects)->side == Side::source);
  effects = step(state, Ended{Side::source, {.code = 143, .shim_lost = false}});
  REQUIRE(find<CloseDestinationInput>(effects) != nullptr);
  CHECK_FALSE(find<CloseDestinationInput>(effects)->complete);
  effects = step(state, Ended{Side::destination, kGood});
  CHECK(find<Finish>(effects) != nullptr);
  CHECK(state.failures.empty());
  CHECK(state.stop_requested);
}

TEST_CASE("a destination that does not end after its last input is killed when its time is over") {
  AttemptState state = flowing();
  auto effects = step(state, Ended{Side::source, kGood});
  REQUIRE(find<ArmTimer>(effects) != nullptr);
  CHECK(find<ArmTimer>(effects)->after == state.graces.destination);
  effects = step(state, TimerExpired{});
  REQUIRE(find<Stop>(effects) != nullptr);
  CHECK(find<Stop>(effects)->side == Side::destination);
  CHECK(find<Stop>(effects)->grace.count() == 0);
  CHECK(state.failures.front().code == ErrorCode::timed_out);
}

TEST_CASE("what happens after the end changes nothing") {
  AttemptState state = flowing();
  step(state, Ended{Side::source, kGood});
  step(state, Ended{Side::destination, kGood});
  for (const Event& late :
       {Event(StopRequested{}), Event(TimerExpired{}), Event(DestinationReady{})}) {
    CHECK(step(state, late).empty());
  }
  CHECK(state.phase == AttemptState::Phase::ended);
}

TEST_CASE("a lost destination stops the source before it is known how it ended, and is at fault") {
  AttemptState state = flowing();
  auto effects = step(state, Lost{Side::destination});
  REQUIRE(find<Stop>(effects) != nullptr);
  CHECK(find<Stop>(effects)->side == Side::source);
  step(state, Ended{Side::source, {.code = 143, .shim_lost = false}});
  effects = step(state, Ended{Side::destination, {.code = 137, .shim_lost = true}});
  CHECK(find<Finish>(effects) != nullptr);
  REQUIRE(state.failures.size() == 1);
  CHECK(state.failures.front().origin == Origin::destination);
}

TEST_CASE("a lost source closes the input, and a destination that ends first is not at fault") {
  AttemptState state = flowing();
  auto effects = step(state, Lost{Side::source});
  REQUIRE(find<CloseDestinationInput>(effects) != nullptr);
  CHECK_FALSE(find<CloseDestinationInput>(effects)->complete);
  step(state, Ended{Side::destination, kGood});
  CHECK(state.failures.empty());
  effects = step(state, Ended{Side::source, {.code = 137, .shim_lost = true}});
  CHECK(find<Finish>(effects) != nullptr);
  REQUIRE(state.failures.size() == 1);
  CHECK(state.failures.front().origin == Origin::source);
}
