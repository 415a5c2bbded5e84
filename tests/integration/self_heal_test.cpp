// What works in the background goes on when a store that did not answer answers again.

#include "daemon/engine.h"
#include "database/database.h"
#include "engine_fixture.h"
#include "job/job_table.h"
#include "schedule/scheduler.h"
#include "stored_connection.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

using namespace wharf;
using namespace std::chrono_literals;

namespace {

// A store that can be made to fail: a table that is asked for goes, and comes back.
struct House {
  test::Scratch scratch;
  database::DataDirectory directory{database::DataDirectory::open(scratch.path / "data").value()};
  std::unique_ptr<database::Database> store{database::Database::open(directory).value()};
  base::SystemClock clock;
  std::atomic<int> complaints = 0;
  base::Log log{clock, base::LogLevel::error, [this](std::string_view) { ++complaints; }};
  daemon::Engine engine;

  void execute(const char* sql) {
    store->write([&](sqlite::Transaction& transaction) { transaction.connection().execute(sql); });
  }
  void wait_for_complaint() {
    const int before = complaints;
    REQUIRE(test::comes_true([&] { return complaints > before; }));
  }
};

}  // namespace

TEST_CASE("a scheduler whose store does not answer at its start schedules when it does") {
  House house;
  house.execute(test::kStoredConnection);
  house.execute(R"sql(
    update connection set schedule = '{"type":"basic","every":"1 hour"}';
    alter table connection rename to gone)sql");
  std::promise<void> enqueued;
  schedule::Scheduler scheduler(
      house.engine.executor(),
      {*house.store, house.clock, house.log, [&] { enqueued.set_value(); }},
      schedule::Watch{schedule::TimeZone::find("UTC").value(), house.clock.wall()});
  const auto since_turn = scheduler.since_turn();
  scheduler.begin();
  house.wait_for_complaint();
  house.wait_for_complaint();
  CHECK(since_turn() > 900ms);  // who watches over it sees that it does not turn
  house.execute("alter table gone rename to connection");
  REQUIRE(enqueued.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(house.store->read([](sqlite::Connection& store) {
    return job::job_table::active(store, base::ConnectionId("c")).has_value();
  }));
  CHECK(test::comes_true([&] { return since_turn() < 900ms; }));
}
