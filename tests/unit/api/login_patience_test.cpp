#include "api/login_patience.h"

#include <catch2/catch.hpp>
#include <string>

#include "api/problem.h"

using namespace wharf::api;
using namespace std::chrono_literals;

namespace {

class SteadyHand final : public wharf::base::Clock {
 public:
  wharf::base::SteadyTime now{};
  wharf::base::WallTime wall() const override { return {}; }
  wharf::base::SteadyTime steady() const override { return now; }
};

struct Gate {
  SteadyHand clock;
  LoginPatience patience{clock};
  // 200 let in, 401 wrong, 429 not looked at.
  int ask(bool right, const std::string& address = "10.0.0.1", const std::string& name = "admin") {
    try {
      return patience.judge(address, name, [&] { return right; }) ? 200 : 401;
    } catch (const Refused& refused) {
      return refused.problem().status;
    }
  }
  void guess(int times) {
    for (int i = 0; i < times; ++i) REQUIRE(ask(false) == 401);
  }
};

}  // namespace

TEST_CASE("who guesses waits longer and longer, and a right login never for long") {
  Gate gate;
  gate.guess(LoginPatience::kFree);
  for (const auto pause : {1s, 2s, 4s, 8s, 10s, 10s, 10s}) {
    CHECK(gate.ask(true) == 429);  // not even looked at
    gate.clock.now += pause - 1ms;
    CHECK(gate.ask(false) == 429);
    gate.clock.now += 1ms;
    CHECK(gate.ask(false) == 401);
  }
  gate.clock.now += LoginPatience::kLongest;
  CHECK(gate.ask(true) == 200);
  gate.guess(LoginPatience::kFree);  // the wrong ones before it are forgotten
}

TEST_CASE("guesses of one address, or under one name, hold up nobody else") {
  Gate gate;
  gate.guess(LoginPatience::kFree);
  CHECK(gate.ask(true) == 429);
  CHECK(gate.ask(true, "10.0.0.2") == 200);
  CHECK(gate.ask(true, "10.0.0.1", "other") == 200);
}

TEST_CASE("a few wrong logins before a right one cost nothing") {
  Gate gate;
  for (int round = 0; round < 10; ++round) {
    gate.guess(LoginPatience::kFree - 1);
    CHECK(gate.ask(true) == 200);
  }
}

TEST_CASE("F-65: of a million names no more are remembered than there is room for") {
  Gate gate;
  gate.guess(LoginPatience::kFree);
  for (std::size_t i = 0; i < LoginPatience::kMost; ++i) {
    gate.clock.now += 1us;
    REQUIRE(gate.ask(false, "10.0.0.1", std::to_string(i)) == 401);
  }
  CHECK(gate.ask(true) == 200);  // the oldest had to go
}
