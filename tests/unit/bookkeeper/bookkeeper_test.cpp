#include "bookkeeper/bookkeeper.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "bookkeeper/stats_table.h"
#include "checkpoint/checkpoint_table.h"
#include "sqlite/statement.h"

using namespace wharf;
using namespace wharf::bookkeeper;
using namespace std::chrono_literals;
using protocol::StateMessage;
using protocol::StreamDescriptor;

namespace {

const base::ConnectionId kConnection("c");
const StreamDescriptor kA{{}, "a"};

struct TempDir {
  std::filesystem::path path;
  TempDir() {
    char name[] = "/tmp/wharf-bookkeeper-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path); }
};

/// A store with connections c, c1, c2 … and a running attempt 1-0, 2-0 … of each.
struct Store {
  TempDir temp;
  base::SystemClock clock;
  base::Log log{clock, base::LogLevel::error, [](std::string_view) {}};
  database::DataDirectory directory = database::DataDirectory::open(temp.path).value();
  std::unique_ptr<database::Database> db = database::Database::open(directory).value();

  explicit Store(int connections = 1) {
    db->write([&](sqlite::Transaction& tx) {
      tx.connection().execute(R"sql(
        insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
        insert into source (id, definition_id, name, config, managed_by, created, updated)
          values ('s', 'd', 's', '{}', 'file', 0, 0);
        insert into destination (id, definition_id, name, config, managed_by, created, updated)
          values ('t', 'd', 't', '{}', 'file', 0, 0))sql");
      for (int i = 0; i < connections; ++i) {
        tx.statement(
              "insert into connection (id, name, source_id, destination_id, status, catalog, "
              "namespace_definition, namespace_format, prefix, mode, managed_by, created, updated) "
              "values (?, '', 's', 't', 'active', '{}', 'source', '', "
              "'', 'auto', 'file', 0, 0)")
            .execute(connection(i));
        tx.statement(
              "insert into job (id, connection_id, status, trigger, config_hash, catalog, "
              "settings, resumable_full_refresh, next_try, created) values "
              "(?, ?, 'running', 'manual', '', '{}', '{}', 0, 0, 0)")
            .execute(i + 1, connection(i));
        tx.statement(
              "insert into attempt (job_id, number, status, created) "
              "values (?, 0, 'running', 0)")
            .execute(i + 1);
      }
    });
  }
  static base::ConnectionId connection(int i) {
    return i == 0 ? kConnection : base::ConnectionId("c" + std::to_string(i));
  }
  static base::AttemptId attempt(int i = 0) { return {base::JobId(i + 1), 0}; }
  std::string checkpoint(int i = 0) {
    return db->read([&](sqlite::Connection& c) -> std::string {
      const auto state = checkpoint::checkpoint_table::load(c, connection(i));
      const auto* text = state.of(kA);
      return text == nullptr ? "" : *text;
    });
  }
  Streams stats() {
    return db->read([&](sqlite::Connection& c) { return stats_table::get(c, attempt()); });
  }
};

StateMessage state(int n) {
  StateMessage message;
  message.type = StateMessage::Type::stream;
  message.stream.emplace().descriptor = kA;
  message.stream->state = std::to_string(n);
  message.id = n;
  message.source_stats.emplace().record_count = 10;
  return message;
}

StatusSaid complete(const StreamDescriptor& stream = kA) {
  StatusSaid said;
  said.status.stream = stream;
  said.status.status = protocol::StreamStatusTrace::Status::complete;
  return said;
}

StatusSaid rate_limited() {
  StatusSaid said;
  said.status.stream = kA;
  said.status.status = protocol::StreamStatusTrace::Status::running;
  said.status.rate_limited = true;
  said.status.quota_reset = 1'900'000'000'000;
  return said;
}

BookSummary close(Bookkeeper& books, const base::AttemptId& attempt,
                  Ending ending = Ending::succeeded) {
  std::promise<BookSummary> summary;
  books.close(attempt, ending, [&](BookSummary said) { summary.set_value(std::move(said)); });
  return summary.get_future().get();
}

/// Waits for what another thread is about to do; a failure is a time limit.
template <class F>
bool eventually(F f) {
  for (const auto end = std::chrono::steady_clock::now() + 20s;
       std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(2ms))
    if (f()) return true;
  return false;
}

BookkeeperOptions patient() {
  BookkeeperOptions options;
  options.save_period = 1h;
  options.last_pause = 10ms;
  return options;
}

}  // namespace

TEST_CASE("a confirmed state becomes a checkpoint together with the counts it stands for") {
  Store store;
  Bookkeeper books(*store.db, store.clock, store.log, patient());
  auto progress = books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  for (int n = 1; n <= 3; ++n) books.post(store.attempt(), StateEmitted{state(n), {}});
  books.post(store.attempt(), StateConfirmed{state(2)});
  const auto summary = close(books, store.attempt(), Ending::failed);
  CHECK_FALSE(summary.failure.has_value());
  CHECK(summary.states_saved == 1);
  CHECK(summary.states_unconfirmed == 1);
  CHECK(summary.total.committed.rows == 20);
  CHECK(store.checkpoint() == "2");
  CHECK(store.stats().at(kA).committed.rows == 20);
  CHECK(store.stats().at(kA).state == RunState::incomplete);
  CHECK(progress->with([](const AttemptProgress& p) { return p.states_saved; }) == 1);
}

TEST_CASE("an emitted state alone is never a checkpoint") {
  Store store;
  Bookkeeper books(*store.db, store.clock, store.log);
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  books.post(store.attempt(), StateEmitted{state(1), {}});
  close(books, store.attempt());
  CHECK(store.checkpoint() == "");
}

TEST_CASE("checkpoints are saved at once when a stream completes, without waiting for the period") {
  Store store;
  Bookkeeper books(*store.db, store.clock, store.log, patient());
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  books.post(store.attempt(), StateEmitted{state(1), {}});
  books.post(store.attempt(), StateConfirmed{state(1)});
  books.post(store.attempt(), complete());
  CHECK(eventually([&] { return store.checkpoint() == "1"; }));
  CHECK(store.stats().at(kA).state == RunState::complete);
}

TEST_CASE("checkpoints are saved after the period, and at a number of states") {
  Store store;
  BookkeeperOptions options;
  SECTION("period") {
    options.save_period = 10ms;
  }
  SECTION("number") {
    options.save_period = 1h;
    options.save_states = 2;
  }
  Bookkeeper books(*store.db, store.clock, store.log, options);
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  for (int n = 1; n <= 2; ++n) {
    books.post(store.attempt(), StateEmitted{state(n), {}});
    books.post(store.attempt(), StateConfirmed{state(n)});
  }
  CHECK(eventually([&] { return store.checkpoint() == "2"; }));
}

TEST_CASE("confirmed and not yet saved: held before the save, nothing is stored") {
  Store store;
  std::promise<void> held;
  std::promise<void> go;
  std::atomic<bool> first = true;
  auto options = patient();
  options.before_save = [&] {
    if (!first.exchange(false)) return;
    held.set_value();
    go.get_future().wait();
  };
  Bookkeeper books(*store.db, store.clock, store.log, options);
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  books.post(store.attempt(), StateEmitted{state(1), {}});
  books.post(store.attempt(), StateConfirmed{state(1)});
  std::promise<void> done;
  books.close(store.attempt(), Ending::succeeded, [&](const BookSummary&) { done.set_value(); });
  held.get_future().wait();
  CHECK(store.checkpoint() == "");
  go.set_value();
  done.get_future().wait();
  CHECK(store.checkpoint() == "1");
}

TEST_CASE("a last save that fails fails the attempt") {
  Store store;
  auto options = patient();
  Bookkeeper books(*store.db, store.clock, store.log, options);
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  books.post(store.attempt(), StateEmitted{state(1), {}});
  books.post(store.attempt(), StateConfirmed{state(1)});
  // The attempt's row is gone, so its counts cannot be stored, nor then the checkpoint.
  store.db->write([](sqlite::Transaction& tx) { tx.connection().execute("delete from attempt"); });
  const auto summary = close(books, store.attempt());
  REQUIRE(summary.failure.has_value());
  CHECK(summary.failure->code == ErrorCode::environment);
  CHECK(store.checkpoint() == "");
}

TEST_CASE("a last save that fails is made once more, and what it saves then has succeeded") {
  Store store;
  std::atomic<int> saves = 0;
  auto options = patient();
  options.before_save = [&] {
    if (++saves < 2) return;
    store.db->write([](sqlite::Transaction& tx) { tx.connection().execute("drop trigger full"); });
  };
  Bookkeeper books(*store.db, store.clock, store.log, options);
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  store.db->write([](sqlite::Transaction& tx) {
    tx.connection().execute(
        "create trigger full before insert on attempt_stats begin select raise(abort, 'full'); "
        "end");
  });
  books.post(store.attempt(), StateEmitted{state(1), {}});
  books.post(store.attempt(), StateConfirmed{state(1)});
  const auto summary = close(books, store.attempt());
  CHECK_FALSE(summary.failure.has_value());
  CHECK(saves == 2);
  CHECK(store.checkpoint() == "1");
  CHECK(store.stats().at(kA).state == RunState::complete);
}

TEST_CASE("the pause before the second last save holds up no other attempt") {
  Store store(2);
  auto options = patient();
  options.last_pause = 1h;
  std::promise<BookSummary> failed;
  {
    Bookkeeper books(*store.db, store.clock, store.log, options);
    for (int i = 0; i < 2; ++i)
      books.open({.id = store.attempt(i), .connection = Store::connection(i), .streams = {kA}});
    store.db->write([](sqlite::Transaction& tx) {
      tx.connection().execute("delete from attempt where job_id = 1");
    });
    books.close(store.attempt(0), Ending::succeeded,
                [&](BookSummary said) { failed.set_value(std::move(said)); });
    books.post(store.attempt(1), StateEmitted{state(1), {}});
    books.post(store.attempt(1), StateConfirmed{state(1)});
    CHECK_FALSE(close(books, store.attempt(1)).failure.has_value());
    CHECK(store.checkpoint(1) == "1");
  }
  // Who ends the bookkeeper does not wait for the hour either.
  CHECK(failed.get_future().get().failure.has_value());
}

TEST_CASE("a source that completes a stream outside the catalog ends the books") {
  Store store;
  std::atomic<int> told = 0;
  Bookkeeper books(*store.db, store.clock, store.log, patient());
  books.open({.id = store.attempt(),
              .connection = kConnection,
              .streams = {kA},
              .on_failure = [&](const Error&) { ++told; }});
  books.post(store.attempt(), complete({{}, "nobody's"}));
  const auto summary = close(books, store.attempt());
  REQUIRE(summary.failure.has_value());
  CHECK(summary.failure->code == ErrorCode::protocol_violation);
  CHECK(told == 1);
  CHECK(store.stats().at(kA).incomplete_cause == IncompleteCause::failed);
}

TEST_CASE("a rate limit is stored with the time of its end, and gone when the stream goes on") {
  Store store;
  auto options = patient();
  options.save_period = 10ms;
  Bookkeeper books(*store.db, store.clock, store.log, options);
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  books.post(store.attempt(), rate_limited());
  CHECK(eventually([&] { return !store.stats().empty(); }));
  CHECK(store.stats().at(kA).state == RunState::rate_limited);
  CHECK(store.stats().at(kA).quota_reset == 1'900'000'000'000);
  close(books, store.attempt(), Ending::cancelled);
  CHECK(store.stats().at(kA).state == RunState::incomplete);
  CHECK_FALSE(store.stats().at(kA).quota_reset.has_value());
  CHECK(store.stats().at(kA).incomplete_cause == IncompleteCause::cancelled);
}

TEST_CASE("over sockets, where nobody sees rows, a state that stands for some ends a rate limit") {
  Store store;
  Bookkeeper books(*store.db, store.clock, store.log, patient());
  auto progress = books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  const auto is = [&](RunState wanted) {
    return eventually([&] {
      return progress->with([&](const AttemptProgress& p) { return p.streams.at(kA).state; }) ==
             wanted;
    });
  };
  books.post(store.attempt(), rate_limited());
  CHECK(is(RunState::rate_limited));
  books.post(store.attempt(), StateEmitted{state(1), {}});
  CHECK(is(RunState::running));
  close(books, store.attempt());
}

TEST_CASE("no stream of an attempt that a crash has ended runs on") {
  Store store;
  store.db->write([&](sqlite::Transaction& tx) {
    Streams streams;
    streams[kA].state = RunState::rate_limited;
    streams[kA].quota_reset = 1'900'000'000'000;
    stats_table::put(tx, store.attempt(), streams, store.clock.wall());
  });
  CHECK(store.stats().at(kA).state == RunState::rate_limited);
  store.db->write([](sqlite::Transaction& tx) {
    tx.connection().execute("update attempt set status = 'failed', ended = 1");
  });
  CHECK(store.stats().at(kA).state == RunState::incomplete);
  CHECK(store.stats().at(kA).incomplete_cause == IncompleteCause::failed);
  CHECK_FALSE(store.stats().at(kA).quota_reset.has_value());
}

TEST_CASE("a stream that an earlier attempt completed is complete in this one, however it ends") {
  Store store;
  Bookkeeper books(*store.db, store.clock, store.log, patient());
  const StreamDescriptor done{{}, "done"};
  auto progress = books.open({.id = store.attempt(),
                              .connection = kConnection,
                              .streams = {kA, done},
                              .complete = {done}});
  CHECK(progress->with([&](const AttemptProgress& p) { return p.streams.at(done).state; }) ==
        RunState::complete);
  const auto summary = close(books, store.attempt(), Ending::failed);
  CHECK(summary.streams.at(done).state == RunState::complete);
  CHECK(summary.streams.at(kA).state == RunState::incomplete);
}

TEST_CASE("states of mixed types end the books once, and what was confirmed before is kept") {
  Store store;
  std::atomic<int> told = 0;
  Bookkeeper books(*store.db, store.clock, store.log, patient());
  books.open({.id = store.attempt(),
              .connection = kConnection,
              .streams = {kA},
              .on_failure = [&](const Error&) { ++told; }});
  books.post(store.attempt(), StateEmitted{state(1), {}});
  books.post(store.attempt(), StateConfirmed{state(1)});
  StateMessage global;
  global.type = StateMessage::Type::global;
  global.global.emplace();
  books.post(store.attempt(), StateEmitted{global, {}});
  books.post(store.attempt(), StateEmitted{global, {}});
  const auto summary = close(books, store.attempt());
  REQUIRE(summary.failure.has_value());
  CHECK(summary.failure->code == ErrorCode::protocol_violation);
  CHECK(told == 1);
  CHECK(store.checkpoint() == "1");
}

TEST_CASE("one attempt that cannot be saved does not hold back another") {
  Store store(2);
  Bookkeeper books(*store.db, store.clock, store.log, patient());
  for (int i = 0; i < 2; ++i) {
    books.open({.id = store.attempt(i), .connection = Store::connection(i), .streams = {kA}});
    books.post(store.attempt(i), StateEmitted{state(1), {}});
    books.post(store.attempt(i), StateConfirmed{state(1)});
  }
  store.db->write([](sqlite::Transaction& tx) {
    tx.connection().execute("delete from attempt where job_id = 1");
  });
  const auto good = close(books, store.attempt(1));
  CHECK_FALSE(good.failure.has_value());
  CHECK(store.checkpoint(1) == "1");
  CHECK(close(books, store.attempt(0)).failure.has_value());
}

TEST_CASE(
    "when the queue is full an event is left with its owner, who is called when there is room") {
  Store store;
  std::promise<void> go;
  auto gate = go.get_future().share();
  auto options = patient();
  options.queue_limit = 2;
  options.save_states = 1;
  options.before_save = [gate] { gate.wait(); };
  Bookkeeper books(*store.db, store.clock, store.log, options);
  books.open({.id = store.attempt(), .connection = kConnection, .streams = {kA}});
  books.post(store.attempt(), StateEmitted{state(1), {}});
  books.post(store.attempt(), StateConfirmed{state(1)});  // it is being saved from here on
  std::promise<void> room;
  int n = 2;
  for (bool taken = true; taken;) {
    BookEvent event = StateEmitted{state(n), {}};
    taken = books.offer(store.attempt(), std::move(event), [&] { room.set_value(); });
    if (taken)
      ++n;
    else
      CHECK(std::get<StateEmitted>(event).state.id == n);
  }
  go.set_value();
  room.get_future().wait();
  CHECK_FALSE(close(books, store.attempt()).failure.has_value());
}

TEST_CASE("many attempts at once end with their own last state") {
  constexpr int kAttempts = 6;
  constexpr int kStates = 200;
  Store store(kAttempts);
  BookkeeperOptions options;
  options.save_period = 5ms;
  Bookkeeper books(*store.db, store.clock, store.log, options);
  std::vector<std::thread> runners;
  for (int i = 0; i < kAttempts; ++i)
    runners.emplace_back([&, i] {
      auto progress =
          books.open({.id = store.attempt(i), .connection = Store::connection(i), .streams = {kA}});
      for (int n = 1; n <= kStates; ++n) {
        books.post(store.attempt(i), StateEmitted{state(n), {}});
        books.post(store.attempt(i), StateConfirmed{state(n)});
        progress->with([](const AttemptProgress& p) { return p.total.committed.rows; });
      }
      close(books, store.attempt(i));
    });
  for (auto& runner : runners) runner.join();
  for (int i = 0; i < kAttempts; ++i) CHECK(store.checkpoint(i) == std::to_string(kStates));
}
