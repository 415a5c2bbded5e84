#include "chores/chores.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>

#include "base/clock.h"

using namespace wharf;
using namespace std::chrono_literals;

namespace {

const base::SystemClock kClock;

}  // namespace

TEST_CASE("a chore that fails is counted and done again, and keeps no other from being done") {
  std::string said;
  base::Log log(kClock, base::LogLevel::info, [&](std::string_view line) { said += line; });
  std::promise<void> enough;
  int fails = 0;
  int works = 0;
  std::vector<chores::Chore> all;
  all.push_back({"fails", 1ms, 0ms, [&] {
                   ++fails;
                   throw std::runtime_error("no such luck");
                 }});
  all.push_back({"works", 1ms, 0ms, [&] {
                   if (++works == 3) enough.set_value();
                 }});
  std::map<std::string, chores::ChoreCount> counts;
  {
    chores::Chores chores(kClock, log, std::move(all));
    chores.begin();
    REQUIRE(enough.get_future().wait_for(10s) == std::future_status::ready);
    counts = chores.counts();
  }
  CHECK(fails >= 2);
  CHECK(counts["fails"].failures == counts["fails"].runs);
  CHECK(counts["fails"].last_failure == "no such luck");
  CHECK(counts["works"].failures == 0);
  CHECK(said.find("chore=fails") != std::string::npos);
}

TEST_CASE("chores end at once with their owner, whatever is due when") {
  base::Log log(kClock, base::LogLevel::info, [](std::string_view) {});
  std::atomic<int> runs = 0;
  const auto began = std::chrono::steady_clock::now();
  {
    chores::Chores chores(kClock, log, {{"rare", 24h, 24h, [&] { ++runs; }}});
    chores.begin();
  }
  CHECK(runs == 0);
  CHECK(std::chrono::steady_clock::now() - began < 5s);
}
