// The dispatcher on a real store, with nothing to launch.

#include "replication/dispatcher.h"

#include "daemon/engine.h"
#include "database/database.h"
#include "engine_fixture.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>

using namespace wharf;
using namespace std::chrono_literals;

namespace {

struct NoLauncher final : launcher::Launcher {
  Result<std::unique_ptr<launcher::RunningConnector>> launch(
      const boost::asio::any_io_executor&, const workload::Workload&,
      const workload::RunDirectory&) override {
    return Error{ErrorCode::environment, "nothing is launched here"};
  }
};

// How long a dispatcher takes to end that is stopped while the store still owes it an answer.
std::chrono::nanoseconds time_to_end(database::Database& store,
                                     const std::filesystem::path& place) {
  base::SystemClock clock;
  base::Log log(clock, base::LogLevel::error, [](std::string_view) {});
  daemon::Engine engine;
  bookkeeper::Bookkeeper books(store, clock, log);
  NoLauncher launcher;
  const secret::Vault vault{secret::Key(secret::Key::Bytes{})};
  auto on_engine = [&](auto f) {
    std::promise<void> done;
    boost::asio::post(engine.executor(), [&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  };

  std::promise<void> let_go;
  store.write_then([held = let_go.get_future().share()](sqlite::Transaction&) { held.wait(); },
                   [](std::future<void>) {});
  auto dispatcher = std::make_unique<replication::Dispatcher>(
      engine.executor(),
      replication::AttemptServices{clock, log, store, books, launcher, place, place, "boot", vault},
      replication::Dispatcher::Settings{}, replication::Dispatcher::Events{});
  dispatcher->begin();
  on_engine([] {});  // by now it has asked
  dispatcher->stop();
  on_engine([] {});
  const auto began = std::chrono::steady_clock::now();
  let_go.set_value();
  dispatcher.reset();
  return std::chrono::steady_clock::now() - began;
}

}  // namespace

TEST_CASE(
    "a dispatcher that is stopped while it waits for the store ends at once, not a poll later") {
  const test::Scratch scratch;
  auto directory = database::DataDirectory::open(scratch.path / "data").value();
  auto store = database::Database::open(directory).value();
  // The quickest of a few: the machine may be busy, a poll takes a second each time.
  std::chrono::nanoseconds quickest = 1h;
  for (int i = 0; i < 3; ++i) quickest = std::min(quickest, time_to_end(*store, scratch.path));
  CHECK(quickest < 900ms);
}
