#include "replication/liveness_watch.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <vector>

using namespace wharf::replication;
using namespace std::chrono_literals;

namespace {

const LivenessLimits kSoon{.source_idle = 1ms, .destination_idle = 2ms};

}  // namespace

TEST_CASE("a watch says once who is dead, and then looks no more") {
  boost::asio::io_context io;
  std::vector<Side> dead;
  const auto watch = std::make_shared<LivenessWatch>(
      io.get_executor(), [&](const Faulted& faulted) { dead.push_back(faulted.side); });
  watch->begin(kSoon);
  io.run();  // as long as there is something to look at
  CHECK(dead == std::vector<Side>{Side::source});
}

TEST_CASE("a watch finds at fault who is waited for") {
  const auto dead_side = [](auto signs) {
    boost::asio::io_context io;
    std::optional<Side> dead;
    const auto watch = std::make_shared<LivenessWatch>(
        io.get_executor(), [&](const Faulted& faulted) { dead = faulted.side; });
    signs(*watch);
    watch->begin(kSoon);
    io.run();
    return dead;
  };
  CHECK(dead_side([](LivenessWatch&) {}) == Side::source);
  CHECK(dead_side([](LivenessWatch& watch) { watch.note_source_ended(); }) == Side::destination);
  CHECK(dead_side([](LivenessWatch& watch) {
          watch.watch_pump([] { return PumpSigns{.rows_read = 1, .is_blocked = true}; });
        }) == Side::destination);
}

TEST_CASE("a pump that moves keeps an attempt alive, and a watch that has ended finds nobody") {
  boost::asio::io_context io;
  bool dead = false;
  const auto watch =
      std::make_shared<LivenessWatch>(io.get_executor(), [&](const Faulted&) { dead = true; });
  int looks = 0;
  watch->watch_pump([&] {
    if (++looks == 3) boost::asio::post(io, [&] { watch->end(); });
    return PumpSigns{.rows_read = static_cast<std::uint64_t>(looks)};
  });
  watch->begin(kSoon);
  io.run_for(10s);
  CHECK(looks == 3);
  CHECK_FALSE(dead);
}
