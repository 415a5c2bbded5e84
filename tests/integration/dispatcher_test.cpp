// The dispatcher on a real store, with nothing to launch.

#include "replication/dispatcher.h"

#include "connection/connection_table.h"
#include "daemon/engine.h"
#include "database/database.h"
#include "engine_fixture.h"
#include "job/job_steps.h"
#include "sqlite/statement.h"
#include "stored_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <set>

using namespace wharf;
using namespace std::chrono_literals;

namespace {

struct NoLauncher final : launcher::Launcher {
  std::atomic<int> asked = 0;
  std::function<void()> on_launch = [] {};
  Result<std::unique_ptr<launcher::RunningConnector>> launch(
      const boost::asio::any_io_executor&, const workload::Workload&,
      const workload::RunDirectory&) override {
    ++asked;
    on_launch();
    return Error{ErrorCode::environment, "nothing is launched here"};
  }
};

// A connection with a job that is due.
void add_due_job(database::Database& store) {
  store.write([](sqlite::Transaction& transaction) {
    transaction.connection().execute(test::kStoredConnection);
    job::Wish wish;
    wish.connection = base::ConnectionId("c");
    job::job_steps::enqueue(transaction, wish, base::SystemClock().wall()).value();
  });
}

struct Ended {
  std::chrono::nanoseconds took{};
  int launches = 0;
  std::optional<replication::Outcome> outcome;  // of the attempt that was claimed
  job::JobStatus job = job::JobStatus::pending;
};

// A dispatcher that is stopped while the store still owes it an answer.
Ended stop_while_claiming(database::Database& store, const std::filesystem::path& place) {
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

  Ended ended;
  replication::Dispatcher::Events events;
  events.started = [](const auto&, auto) {};
  events.failed = [](const auto&) {};
  events.ended = [&](const job::Job& job, const replication::AttemptReport& report) {
    ended.job = job.status;
    ended.outcome = report.outcome;
  };
  std::promise<void> let_go;
  store.write_then([held = let_go.get_future().share()](sqlite::Transaction&) { held.wait(); },
                   [](std::future<void>) {});
  auto dispatcher = std::make_unique<replication::Dispatcher>(
      engine.executor(),
      replication::AttemptServices{clock, log, store, books, launcher, place, place, "boot", vault},
      replication::Dispatcher::Settings{}, events);
  dispatcher->begin();
  on_engine([] {});  // by now it has asked
  dispatcher->stop();
  on_engine([] {});
  const auto began = std::chrono::steady_clock::now();
  let_go.set_value();
  dispatcher.reset();
  ended.took = std::chrono::steady_clock::now() - began;
  ended.launches = launcher.asked;
  return ended;
}

}  // namespace

TEST_CASE(
    "a dispatcher that is stopped while it waits for the store ends at once, not a poll later") {
  const test::Scratch scratch;
  auto directory = database::DataDirectory::open(scratch.path / "data").value();
  auto store = database::Database::open(directory).value();
  // The quickest of a few: the machine may be busy, a poll takes a second each time.
  std::chrono::nanoseconds quickest = 1h;
  for (int i = 0; i < 3; ++i)
    quickest = std::min(quickest, stop_while_claiming(*store, scratch.path).took);
  CHECK(quickest < 900ms);
}

TEST_CASE(
    "F-51 a job that is being claimed when the stop comes is stopped before anything starts") {
  const test::Scratch scratch;
  auto directory = database::DataDirectory::open(scratch.path / "data").value();
  auto store = database::Database::open(directory).value();
  add_due_job(*store);
  const auto ended = stop_while_claiming(*store, scratch.path);
  REQUIRE(ended.outcome.has_value());
  CHECK(ended.outcome->verdict == replication::Outcome::Verdict::stopped);
  CHECK(ended.launches == 0);
  CHECK(ended.job == job::JobStatus::incomplete);  // it goes on with the next start
}

TEST_CASE("F-50 what is overdue after a restart runs once each, in order, never more than may") {
  constexpr int kConnections = 250;
  constexpr int kAtOnce = 3;
  const test::Scratch scratch;
  auto directory = database::DataDirectory::open(scratch.path / "data").value();
  auto store = database::Database::open(directory).value();
  add_due_job(*store);
  // The later in the alphabet, the longer overdue; c, which has a job, comes before all of them.
  store->write([](sqlite::Transaction& transaction) {
    transaction.connection().execute(R"sql(
      update job set next_try = 0, created = 0;
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 250)
      insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated,
        schedule)
      select format('o%04d', i), i, 's', 't', 'active', '{"streams":[]}', 'source', '', '', 'auto',
        'file', 0, 0, '{"type":"cron","expression":"0 0 0 1 1 ?"}' from n)sql");
    for (int i = 1; i <= kConnections; ++i) {
      connection::connection_table::set_next_run(transaction,
                                                 base::ConnectionId(fmt::format("o{:04}", i)),
                                                 base::from_millis(1'000'000 - i));
    }
  });
  base::SystemClock clock;
  base::Log log(clock, base::LogLevel::error, [](std::string_view) {});
  daemon::Engine engine;
  bookkeeper::Bookkeeper books(*store, clock, log);
  NoLauncher launcher;
  std::int64_t most = 0;
  launcher.on_launch = [&] {
    most = std::max(most, store->read([](sqlite::Connection& read) {
      return read.number("select count(*) from job where status = 'running'");
    }));
  };
  const secret::Vault vault{secret::Key(secret::Key::Bytes{})};
  std::vector<std::string> ended;
  std::promise<void> all;
  replication::Dispatcher::Events events;
  events.started = [](const auto&, auto) {};
  events.failed = [](const auto&) {};
  events.ended = [&](const job::Job& job, const auto&) {
    ended.push_back(job.connection.value);
    if (ended.size() == kConnections + 1) all.set_value();
  };
  replication::Dispatcher::Settings settings;
  settings.attempts_at_once = kAtOnce;
  settings.retries.complete_total_max = 1;
  replication::Dispatcher dispatcher(
      engine.executor(),
      {clock, log, *store, books, launcher, scratch.path, scratch.path, "boot", vault}, settings,
      events);
  // As the scheduler does when it begins.
  store->write([&](sqlite::Transaction& transaction) {
    CHECK(job::job_steps::enqueue_due(transaction, clock.wall()) == kConnections);
    CHECK(job::job_steps::enqueue_due(transaction, clock.wall()) == 0);
  });
  dispatcher.begin();
  REQUIRE(all.get_future().wait_for(60s) == std::future_status::ready);
  CHECK(most <= kAtOnce);
  const auto claimed = store->read([](sqlite::Connection& read) {
    std::vector<std::string> order;
    auto run = read.statement(
                       "select connection_id from job_change join job on job.id = job_id "
                       "where job_change.status = 'running' order by job_change.id")
                   .run();
    while (run.next()) order.push_back(run.string(0));
    return order;
  });
  CHECK(claimed.size() == kConnections + 1);
  CHECK(std::is_sorted(claimed.begin() + 1, claimed.end(), std::greater<>()));
  CHECK(std::set<std::string>(claimed.begin(), claimed.end()).size() == kConnections + 1);
}
