#include "launcher/pull_news.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace wharf;
using namespace wharf::launcher;

TEST_CASE("a pull is told at its beginning, every five seconds and at its end") {
  std::vector<std::string> said;
  PullNews::Time now{};
  PullNews news([&](std::string_view line) { said.emplace_back(line); }, "a/b:1", now);
  docker::PullProgress progress;
  progress.layers = 7;
  progress.bytes_total = 100'000'000;
  for (int tenths = 1; tenths <= 120; ++tenths) {
    now += std::chrono::milliseconds(100);
    progress.layers_done = tenths / 20;
    progress.bytes_done = static_cast<std::uint64_t>(tenths) * 500'000;
    news.note(progress, now);
  }
  news.end(now);
  CHECK(said == std::vector<std::string>{
                    "pulling a/b:1", "pulling a/b:1: 2 of 7 layers, 25 of 100 MB",
                    "pulling a/b:1: 5 of 7 layers, 50 of 100 MB", "pulled a/b:1 in 12.0 s"});
}

TEST_CASE("a pull that nobody wants to hear of is told nobody") {
  PullNews news({}, "a/b:1", {});
  news.end({});
}
