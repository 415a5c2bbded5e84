#include "job/job_steps.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "checkpoint/checkpoint_table.h"
#include "checkpoint/generation_table.h"
#include "checkpoint/state_edit.h"
#include "database/migrations.h"
#include "job/job_summary.h"
#include "job/job_table.h"

using namespace wharf;
using namespace wharf::job;
using protocol::DestinationSyncMode;
using protocol::SyncMode;

namespace {

const base::ConnectionId kConnection("c");
const base::WallTime kNow = base::from_millis(1'000'000);
const protocol::StreamDescriptor kFull{{}, "full"};
const protocol::StreamDescriptor kResumable{{}, "resumable"};
const protocol::StreamDescriptor kIncremental{"public", "incremental"};

void add_ends(sqlite::Connection& db) {
  db.execute(R"sql(
    insert or ignore into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
    insert or ignore into source (id, definition_id, name, config, managed_by, created, updated)
      values ('s', 'd', 's', '{}', 'file', 0, 0);
    insert or ignore into destination (id, definition_id, name, config, managed_by, created, updated)
      values ('t', 'd', 't', '{}', 'file', 0, 0))sql");
}

struct Store {
  sqlite::Connection db;
  std::optional<sqlite::Transaction> open;
  explicit Store(const std::string& file = ":memory:") : db(file) {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    db.execute("pragma foreign_keys = on");
    add_ends(db);
    db.execute(R"sql(
      insert or ignore into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated) values
        ('c', 'c', 's', 't', 'active', '{"streams":[]}', 'source', '', '', 'auto', 'file', 0, 0))sql");
    open.emplace(db);
  }
  sqlite::Transaction& tx() { return *open; }
  ClaimedJob claim(base::JobId job) { return job_steps::claim(tx(), job, kNow, {}).value(); }
  std::int64_t generation(const protocol::StreamDescriptor& stream) {
    return checkpoint::generation_table::get(db, kConnection, stream).generation;
  }
  void confirm(const protocol::StreamDescriptor& stream, const base::AttemptId& attempt) {
    protocol::StateMessage state;
    state.type = protocol::StateMessage::Type::stream;
    state.stream.emplace().descriptor = stream;
    state.stream->state = "{}";
    REQUIRE(
        checkpoint::checkpoint_table::store(tx(), kConnection, state, {attempt, kNow}).has_value());
  }
  bool has_state(const protocol::StreamDescriptor& stream) {
    return checkpoint::checkpoint_table::load(db, kConnection).of(stream) != nullptr;
  }
  void fail(const base::AttemptId& attempt, AttemptFailed how = {.progress = true},
            base::WallTime now = kNow) {
    AttemptEnd end;
    end.failed = how;
    end.cause = "exit 1";
    REQUIRE(job_steps::finish(tx(), attempt, end, {}, now).has_value());
  }
  void end(base::JobId job, AttemptEnd::How how) {
    AttemptEnd end;
    end.how = how;
    REQUIRE(job_steps::finish(tx(), claim(job).attempt, end, {}, kNow).has_value());
  }
};

std::string said_of(const base::AttemptId& attempt, bool progress) {
  return R"({"attempt":)" + std::to_string(attempt.number) + (progress ? R"(,"moved":1})" : "}");
}

struct TempFile {
  std::string path;
  TempFile() {
    char name[] = "/tmp/wharf-job-XXXXXX";
    ::close(::mkstemp(name));
    path = name;
  }
  ~TempFile() { ::unlink(path.c_str()); }
};

void add(protocol::ConfiguredCatalog& catalog, const protocol::StreamDescriptor& name,
         SyncMode mode, DestinationSyncMode destination, bool resumable = false) {
  auto& stream = catalog.streams.emplace_back();
  stream.stream.descriptor = name;
  stream.stream.is_resumable = resumable;
  stream.stream.supported_sync_modes = {mode};
  stream.sync_mode = mode;
  stream.destination_sync_mode = destination;
}

Wish wish(const std::string& hash = "one") {
  Wish wish;
  wish.connection = kConnection;
  wish.config.config_hash = hash;
  wish.config.resumable_full_refresh = true;
  auto& catalog = wish.config.catalog;
  add(catalog, kFull, SyncMode::full_refresh, DestinationSyncMode::overwrite);
  add(catalog, kResumable, SyncMode::full_refresh, DestinationSyncMode::append, true);
  add(catalog, kIncremental, SyncMode::incremental, DestinationSyncMode::append_dedup);
  return wish;
}

}  // namespace

TEST_CASE("a second job of a connection is refused, naming the active one") {
  Store store;
  const auto first = job_steps::enqueue(store.tx(), wish(), kNow).value();
  auto second = job_steps::enqueue(store.tx(), wish(), kNow);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::conflict);
  CHECK(second.error().message.find("job " + base::to_string(first)) != std::string::npos);
}

TEST_CASE("a job keeps its catalog as it was wished") {
  Store store;
  const auto id = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto job = job_table::get(store.db, id).value();
  REQUIRE(job.config.catalog.streams.size() == 3);
  CHECK(job.config.catalog.find(kResumable)->stream.is_resumable);
  CHECK(job.config.catalog.find(kIncremental)->destination_sync_mode ==
        DestinationSyncMode::append_dedup);
  CHECK(job.config.resumable_full_refresh);
}

TEST_CASE(
    "the first attempt begins a generation of every full-refresh stream, and its state goes") {
  Store store;
  store.confirm(kFull, {base::JobId(0), 0});
  store.confirm(kResumable, {base::JobId(0), 0});
  store.confirm(kIncremental, {base::JobId(0), 0});
  const auto claimed = store.claim(job_steps::enqueue(store.tx(), wish(), kNow).value());
  CHECK(claimed.attempt.number == 0);
  REQUIRE(claimed.counters.size() == 3);
  CHECK(claimed.counters[0].generation == 1);
  CHECK(claimed.counters[0].minimum_generation == 1);
  CHECK(claimed.counters[1].generation == 1);
  CHECK(claimed.counters[1].minimum_generation == 0);
  CHECK(claimed.counters[2].generation == 0);
  CHECK_FALSE(store.has_state(kFull));
  CHECK_FALSE(store.has_state(kResumable));
  CHECK(store.has_state(kIncremental));
}

TEST_CASE("F-84: a later attempt begins one of those alone that cannot go on") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  auto claimed = store.claim(job);
  store.confirm(kFull, claimed.attempt);
  store.confirm(kResumable, claimed.attempt);
  store.fail(claimed.attempt);
  claimed = store.claim(job);
  CHECK(claimed.attempt.number == 1);
  CHECK(store.generation(kFull) == 2);
  CHECK(store.generation(kResumable) == 1);
  CHECK_FALSE(store.has_state(kFull));
  CHECK(store.has_state(kResumable));
}

TEST_CASE("what a claim writes besides is written with it or not at all") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  store.open->commit();
  store.open.reset();
  try {
    sqlite::Transaction tx(store.db);
    (void)job_steps::claim(tx, job, kNow, [](auto&, const ClaimedJob& claimed) {
      CHECK(claimed.attempt.number == 0);
      throw std::runtime_error("no run directory");
    });
    FAIL("it throws");
  } catch (const std::runtime_error&) {
  }
  CHECK(job_table::get(store.db, job)->status == JobStatus::pending);
  CHECK(job_table::attempts(store.db, job).empty());
}

TEST_CASE("the job that is due longest is claimed first, and one that waits is not") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  auto claimed = job_steps::claim_due(store.tx(), kNow, {});
  REQUIRE(claimed.has_value());
  CHECK(claimed->job.id == job);
  CHECK_FALSE(job_steps::claim_due(store.tx(), kNow, {}).has_value());
  store.fail(claimed->attempt, {});  // no progress: it waits 10 s
  using namespace std::chrono_literals;
  CHECK_FALSE(job_steps::claim_due(store.tx(), kNow + 9s, {}).has_value());
  CHECK(job_steps::claim_due(store.tx(), kNow + 10s, {}).has_value());
}

TEST_CASE("failures wait 10, 30, 90 and 270 s over restarts, and the fifth ends the job") {
  using namespace std::chrono_literals;
  const TempFile file;
  auto now = kNow;
  base::JobId job{0};
  for (int failures = 0; failures <= 5; ++failures) {
    Store store(file.path);  // a later life of the daemon
    if (failures == 0) job = job_steps::enqueue(store.tx(), wish(), now).value();
    const auto stored = job_table::get(store.db, job).value();
    CHECK(stored.retries.complete_successive == failures);
    CHECK(stored.retries.complete_total == failures);
    if (failures == 5) {
      CHECK(stored.status == JobStatus::failed);
      CHECK_FALSE(job_steps::claim_due(store.tx(), now + 24h, {}).has_value());
      break;
    }
    constexpr std::chrono::seconds kWaits[] = {0s, 10s, 30s, 90s, 270s};
    if (failures > 0)
      CHECK_FALSE(job_steps::claim_due(store.tx(), now + kWaits[failures] - 1ms, {}).has_value());
    now += kWaits[failures];
    const auto claimed = job_steps::claim_due(store.tx(), now, {});
    REQUIRE(claimed.has_value());
    CHECK(claimed->attempt == base::AttemptId{job, failures});
    store.fail(claimed->attempt, {}, now);
    store.open->commit();
  }
}

TEST_CASE("ten failures without progress end a job, whatever progress lies between them") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const std::string failures = "xxxxoxxxxoxx";  // o: some rows moved
  for (const char each : failures) {
    REQUIRE_FALSE(is_terminal(job_table::get(store.db, job)->status));
    store.fail(store.claim(job).attempt, {.progress = each == 'o'});
  }
  const auto ended = job_table::get(store.db, job).value();
  CHECK(ended.status == JobStatus::failed);
  CHECK(ended.retries.complete_total == 10);
  CHECK(ended.retries.partial_total == 2);
  CHECK(ended.retries.complete_successive == 2);
}

TEST_CASE("the sync before a job is found behind the clears between them") {
  Store store;
  const auto clear = [&](AttemptEnd::How how) {
    store.end(job_steps::request_clear(store.tx(), kConnection, wish().config.catalog, kNow), how);
  };
  const auto sync_before_next = [&](AttemptEnd::How how) {
    const auto id = job_steps::enqueue(store.tx(), wish(), kNow).value();
    const auto before = job_table::sync_before(store.db, *job_table::get(store.db, id));
    store.end(id, how);
    return before;
  };
  using How = AttemptEnd::How;
  CHECK_FALSE(sync_before_next(How::succeeded).has_value());
  clear(How::cancelled);
  CHECK(sync_before_next(How::cancelled) == JobStatus::succeeded);
  clear(How::succeeded);
  CHECK(sync_before_next(How::succeeded) == JobStatus::cancelled);
}

TEST_CASE("a clock set back keeps nobody waiting longer than the longest back-off") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto before = kNow - std::chrono::hours(1);
  const auto first = job_steps::claim_due(store.tx(), before, {});  // it has not begun
  REQUIRE(first.has_value());
  CHECK(first->job.id == job);
  store.fail(first->attempt, {});  // and is tried again behind kNow
  CHECK_FALSE(job_steps::claim_due(store.tx(), kNow - std::chrono::minutes(1), {}).has_value());
  CHECK(job_steps::claim_due(store.tx(), before, {}).has_value());
}

TEST_CASE("a run that did not succeed is the same job's next attempt") {
  Store store;
  const auto first = job_steps::enqueue_or_resume(store.tx(), wish(), kNow).value();
  store.fail(store.claim(first).attempt, {});
  const auto again = job_steps::enqueue_or_resume(store.tx(), wish(), kNow).value();
  CHECK(again == first);
  CHECK(job_steps::claim_due(store.tx(), kNow, {})->attempt == base::AttemptId{first, 1});
}

TEST_CASE("a changed declaration ends the job as cancelled and begins another") {
  Store store;
  const auto first = job_steps::enqueue_or_resume(store.tx(), wish("one"), kNow).value();
  store.fail(store.claim(first).attempt, {});
  const auto second = job_steps::enqueue_or_resume(store.tx(), wish("two"), kNow).value();
  CHECK(second != first);
  CHECK(job_table::get(store.db, first)->status == JobStatus::cancelled);
  CHECK(job_table::history(store.db, first).back().cause == "its declaration has changed");
}

TEST_CASE("F-44: a late result of an attempt changes nothing") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto old = store.claim(job).attempt;
  store.fail(old);
  const auto running = store.claim(job).attempt;
  AttemptEnd end;
  end.how = AttemptEnd::How::succeeded;
  CHECK_FALSE(job_steps::finish(store.tx(), old, end, {}, kNow).has_value());
  CHECK(job_table::get(store.db, job)->status == JobStatus::running);
  CHECK(job_steps::finish(store.tx(), running, end, {}, kNow).value().status ==
        JobStatus::succeeded);
}

TEST_CASE("F-55: attempts that an earlier life left running are failed, and their jobs go on") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto attempt = store.claim(job).attempt;
  CHECK(job_steps::recover(store.tx(), {}, kNow, said_of) == std::vector{attempt});
  CHECK(job_table::attempt(store.db, attempt)->failures == R"({"attempt":0})");
  const auto recovered = job_table::get(store.db, job).value();
  CHECK(recovered.status == JobStatus::incomplete);
  CHECK(recovered.next_try == kNow);
  CHECK(recovered.retries.complete_total == 0);
  CHECK(job_steps::recover(store.tx(), {}, kNow, said_of).empty());
}

TEST_CASE("F-83: settling raises the numbers, gives the job a new one, and takes its rows along") {
  Store store;
  const auto claimed = store.claim(job_steps::enqueue(store.tx(), wish(), kNow).value());
  checkpoint::StartPlan plan;
  plan.raise.job_at_least = base::JobId(40);
  plan.raise.streams.push_back({kFull, 8, 0});
  plan.raise.streams.push_back({kIncremental, 3, 2});
  const auto settled = job_steps::settle(store.tx(), claimed.attempt, plan, kNow);
  CHECK(settled == base::AttemptId{base::JobId(40), 0});
  const auto now = job_steps::load(store.db, settled);
  CHECK(now.job.settled);
  CHECK(now.counters[0].generation == 8);
  CHECK(now.counters[0].minimum_generation == 8);
  CHECK(now.counters[0].start_generation == 8);
  CHECK(now.counters[0].start_job == base::JobId(40));
  CHECK(now.counters[2].generation == 3);
  CHECK(now.counters[2].epoch == 2);
  CHECK(job_table::attempts(store.db, base::JobId(40)).size() == 1);
  CHECK_FALSE(job_table::get(store.db, claimed.job.id).has_value());

  AttemptEnd end;
  end.how = AttemptEnd::How::succeeded;
  REQUIRE(job_steps::finish(store.tx(), settled, end, {}, kNow).has_value());
  CHECK(job_steps::enqueue(store.tx(), wish(), kNow).value() == base::JobId(41));
}

TEST_CASE("generations that never reached the destination are not the job's first") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  store.fail(store.claim(job).attempt);
  const auto second = store.claim(job);
  CHECK(second.counters[0].start_generation == 1);
  job_steps::settle(store.tx(), second.attempt, {}, kNow);
  CHECK(job_steps::load(store.db, second.attempt).counters[0].start_generation == 2);
  store.fail(second.attempt);
  const auto third = store.claim(job);
  job_steps::settle(store.tx(), third.attempt, {}, kNow);
  CHECK(job_steps::load(store.db, third.attempt).counters[0].start_generation == 2);
}

TEST_CASE("F-52: a waiting job is cancelled for good, a running one by its attempt") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto attempt = store.claim(job).attempt;
  CHECK_FALSE(job_steps::cancel(store.tx(), job, "asked to", kNow).has_value());
  AttemptEnd end;
  end.how = AttemptEnd::How::cancelled;
  end.cause = "asked to";
  CHECK(job_steps::finish(store.tx(), attempt, end, {}, kNow).value().status ==
        JobStatus::cancelled);
  CHECK_FALSE(job_steps::claim(store.tx(), job, kNow, {}).has_value());
}

TEST_CASE("F-46: a job's history says what it became, when and why") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  store.fail(store.claim(job).attempt);
  const auto history = job_table::history(store.db, job);
  REQUIRE(history.size() == 3);
  CHECK(history[0].status == "pending");
  CHECK(history[1].status == "running");
  CHECK(history[2].status == "incomplete");
  CHECK(history[2].cause == "exit 1");
  CHECK(history[2].attempt == 0);
}

TEST_CASE("what is due becomes a job as its connection says, and none that has one overlaps") {
  Store store;
  store.db.execute(R"sql(
    insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated,
        config_hash, settings, resumable_full_refresh)
      select names.column1, names.column1, 's', 't', names.column2, '{"streams":[]}', 'source', '', '', 'auto',
        'file', 0, 0, 'hash', '{"chosen_fields":[]}', 1
      from (values ('due', 'active'), ('later', 'active'), ('off', 'inactive'),
                   ('busy', 'active')) as names;
    insert into due values ('due', 1000000), ('later', 1000001), ('off', 5), ('busy', 5))sql");
  Wish wish{base::ConnectionId("busy"), Trigger::manual, {}};
  REQUIRE(job_steps::enqueue(store.tx(), wish, kNow).has_value());
  CHECK(job_steps::enqueue_due(store.tx(), kNow) == 1);
  const auto job = job_table::active(store.db, base::ConnectionId("due")).value();
  CHECK(job.trigger == Trigger::scheduled);
  CHECK(job.created == kNow);
  CHECK(job.config.config_hash == "hash");
  CHECK(job.config.settings == R"({"chosen_fields":[]})");
  CHECK(job.config.resumable_full_refresh);
  CHECK(job_table::history(store.db, job.id).at(0).cause == "due by its schedule");
  CHECK_FALSE(job_table::active(store.db, base::ConnectionId("later")).has_value());
  CHECK_FALSE(job_table::active(store.db, base::ConnectionId("off")).has_value());
  CHECK(store.db.number("select count(*) from due") == 1);
  CHECK(job_steps::enqueue_due(store.tx(), kNow) == 0);
  const auto firing = [&] { return job_table::newest_firing(store.db, base::ConnectionId("due")); };
  CHECK_FALSE(firing().has_value());
  REQUIRE(job_steps::request_cancel(store.tx(), job.id, kNow).has_value());
  REQUIRE(firing().has_value());
  CHECK(firing()->created == kNow);
  CHECK_FALSE(job_table::newest_firing(store.db, base::ConnectionId("busy")).has_value());
}

TEST_CASE(
    "a job that is due keeps its connection's catalog, whatever becomes of that, and copies none") {
  Store store;
  const auto before = wish().config.catalog;
  auto after = before;
  after.streams.pop_back();
  const auto set_catalog = [&](const protocol::ConfiguredCatalog& catalog) {
    store.tx().statement("update connection set catalog = ?").execute(protocol::to_json(catalog));
  };
  const auto catalog_of_job = [&] {
    return protocol::to_json(job_table::active(store.db, kConnection)->config.catalog);
  };
  set_catalog(before);
  store.db.execute("insert into due values ('c', 5)");
  REQUIRE(job_steps::enqueue_due(store.tx(), kNow) == 1);
  CHECK(store.db.number("select count(*) from job where catalog is null") == 1);
  CHECK(catalog_of_job() == protocol::to_json(before));
  set_catalog(after);
  CHECK(catalog_of_job() == protocol::to_json(before));
  set_catalog({});
  CHECK(catalog_of_job() == protocol::to_json(before));
  // One that is asked for shares what is the same, too.
  const auto first = job_table::active(store.db, kConnection)->id;
  REQUIRE(job_steps::request_cancel(store.tx(), first, kNow).has_value());
  set_catalog(before);
  REQUIRE(job_steps::enqueue(store.tx(), wish(), kNow).has_value());
  CHECK(store.db.number("select count(*) from job where catalog is null") == 1);
  CHECK(catalog_of_job() == protocol::to_json(before));
}

TEST_CASE("an older store's unfinished job keeps the catalog that it had") {
  sqlite::Connection db(":memory:");
  REQUIRE(sqlite::migrate(db, database::migrations().first(13)).has_value());
  add_ends(db);
  db.execute(R"sql(
    insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated)
      select id, id, 's', 't', 'active', '{"streams":[]}', 'source', '', '', 'auto', 'file', 0, 0
      from (select 'same' as id union select 'other');
    insert into job (connection_id, status, trigger, config_hash, catalog, settings,
        resumable_full_refresh, next_try, created)
      values ('same', 'pending', 'manual', '', '{"streams":[]}', '{}', 0, 0, 0),
             ('other', 'incomplete', 'manual', '', json('{"streams":[{"stream":{"name":"old",
               "json_schema":{},"supported_sync_modes":["full_refresh"]},
               "sync_mode":"full_refresh","destination_sync_mode":"append"}]}'), '{}', 0, 0, 0))sql");
  REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
  CHECK(job_table::active(db, base::ConnectionId("same"))->config.catalog.streams.empty());
  const auto kept = job_table::active(db, base::ConnectionId("other"))->config.catalog;
  REQUIRE(kept.streams.size() == 1);
  CHECK(kept.streams[0].stream.descriptor.name == "old");
  CHECK(db.number("select count(*) from job where catalog is null") == 1);
}

TEST_CASE("who cancels a job that waits ends it, twice as well as once") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  CHECK(job_steps::request_cancel(store.tx(), job, kNow).value().status == JobStatus::cancelled);
  const auto again = job_steps::request_cancel(store.tx(), job, kNow);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == ErrorCode::conflict);
  CHECK(job_steps::request_cancel(store.tx(), base::JobId(99), kNow).error().code ==
        ErrorCode::not_found);
  CHECK(job_table::history(store.db, job).size() == 2);
}

TEST_CASE(
    "a running job that is not wanted runs on until its attempt ends, and is not tried again") {
  const auto how = GENERATE(AttemptEnd::How::failed, AttemptEnd::How::cancelled);
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto attempt = store.claim(job).attempt;
  CHECK(job_table::cancelling(store.db).empty());
  for (int i = 0; i < 2; ++i) {
    const auto asked = job_steps::request_cancel(store.tx(), job, kNow).value();
    CHECK(asked.status == JobStatus::running);
    CHECK(job_table::cancelling(store.db) == std::vector{kConnection});
  }
  AttemptEnd end;
  end.how = how;
  CHECK(job_steps::finish(store.tx(), attempt, end, {}, kNow).value().status ==
        JobStatus::cancelled);
  CHECK(job_table::cancelling(store.db).empty());
}

TEST_CASE("a job whose cancellation was accepted is cancelled, even if its attempt succeeds") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto attempt = store.claim(job).attempt;
  REQUIRE(job_steps::request_cancel(store.tx(), job, kNow).has_value());
  AttemptEnd end;
  end.how = AttemptEnd::How::succeeded;
  CHECK(job_steps::finish(store.tx(), attempt, end, {}, kNow).value().status ==
        JobStatus::cancelled);
  CHECK(job_table::attempt(store.db, attempt)->status == AttemptStatus::succeeded);
}

TEST_CASE("a restart does not forget that a job is not wanted") {
  Store store;
  const auto job = job_steps::enqueue(store.tx(), wish(), kNow).value();
  store.claim(job);
  REQUIRE(job_steps::request_cancel(store.tx(), job, kNow).has_value());
  job_steps::recover(store.tx(), {}, kNow, said_of);
  CHECK(job_table::get(store.db, job)->status == JobStatus::cancelled);
}

TEST_CASE("a clear is a job of its own: its streams are overwritten with nothing, its states go") {
  Store store;
  const auto attempt = store.claim(job_steps::enqueue(store.tx(), wish(), kNow).value()).attempt;
  store.confirm(kIncremental, attempt);
  AttemptEnd done;
  done.how = AttemptEnd::How::succeeded;
  REQUIRE(job_steps::finish(store.tx(), attempt, done, {}, kNow).has_value());
  const auto before = store.generation(kIncremental);

  const auto id = job_steps::request_clear(store.tx(), kConnection, wish().config.catalog, kNow);
  CHECK(job_steps::request_clear(store.tx(), kConnection, wish().config.catalog, kNow) == id);
  const auto claimed = store.claim(id);
  CHECK(claimed.job.kind == JobKind::clear);
  for (const auto& stream : claimed.job.config.catalog.streams) {
    CHECK(stream.sync_mode == SyncMode::full_refresh);
    CHECK(stream.destination_sync_mode == DestinationSyncMode::overwrite);
  }
  for (const auto& counters : claimed.counters) {
    CHECK(counters.minimum_generation == counters.generation);
  }
  CHECK(store.generation(kIncremental) == before + 1);
  CHECK_FALSE(store.has_state(kIncremental));
  CHECK(claimed.global.epoch > 0);
  REQUIRE(job_steps::finish(store.tx(), claimed.attempt, done, {}, kNow).has_value());
  const auto next = job_steps::enqueue(store.tx(), wish(), kNow).value();
  CHECK(job_table::get(store.db, next)->kind == JobKind::sync);
}

TEST_CASE(
    "a clear that is asked for in mid-sync begins with the end of the sync, whatever that is") {
  Store store;
  const auto sync = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto attempt = store.claim(sync).attempt;
  const auto asked = job_steps::request_clear(store.tx(), kConnection, wish().config.catalog, kNow);
  CHECK(asked.value > sync.value);
  CHECK(job_steps::request_clear(store.tx(), kConnection, wish().config.catalog, kNow) == asked);
  CHECK_FALSE(job_table::get(store.db, asked).has_value());
  CHECK(job_summary::get(store.db, asked)->status == JobStatus::pending);
  store.fail(attempt);
  CHECK(job_table::get(store.db, sync)->status == JobStatus::cancelled);
  const auto clear = job_table::active(store.db, kConnection).value();
  CHECK(clear.kind == JobKind::clear);
  CHECK(clear.id == asked);
  CHECK(store.db.number("select count(*) from job") == 2);
}

TEST_CASE("a clear that waits for the end of a sync stands in lists where its job is going to be") {
  Store store;
  store.db.execute(
      "insert into connection (id, name, source_id, destination_id, status, catalog, "
      "namespace_definition, namespace_format, prefix, mode, managed_by, created, updated) values "
      "('e', 'e', 's', 't', 'active', '{\"streams\":[]}', 'source', '', '', 'auto', 'file', 0, 0)");
  const auto sync = job_steps::enqueue(store.tx(), wish(), kNow).value();
  const auto attempt = store.claim(sync).attempt;
  const auto clear = job_steps::request_clear(store.tx(), kConnection, wish().config.catalog,
                                              kNow + std::chrono::seconds(1));
  auto later = wish();
  later.connection = base::ConnectionId("e");
  const auto other = job_steps::enqueue(store.tx(), later, kNow + std::chrono::seconds(2)).value();
  using Ids = std::vector<base::JobId>;
  const auto listed = [&](auto only, std::int64_t most = 9, std::int64_t offset = 0) {
    JobFilter filter;
    filter.usual_workspace = "w";
    only(filter);
    Ids ids;
    for (const auto& job : job_summary::list(store.db, filter, most, offset)) ids.push_back(job.id);
    return ids;
  };
  const auto any = [](JobFilter&) {};
  CHECK(listed(any) == Ids{sync, clear, other});
  CHECK(listed(any, 1, 1) == Ids{clear});
  CHECK(listed(any, 9, 2) == Ids{other});
  CHECK(listed(any, 9, 4).empty());
  CHECK(listed([](auto& f) { f.newest_first = true; }) == Ids{other, clear, sync});
  CHECK(listed([](auto& f) { f.by_update = f.newest_first = true; }) == Ids{other, clear, sync});
  CHECK(listed([](auto& f) { f.status = "pending"; }) == Ids{clear, other});
  CHECK(listed([](auto& f) { f.status = "succeeded"; }).empty());
  CHECK(listed([](auto& f) { f.kind = JobKind::clear; }) == Ids{clear});
  CHECK(listed([](auto& f) { f.kind = JobKind::sync; }) == Ids{sync, other});
  CHECK(listed([](auto& f) { f.connection = kConnection; }) == Ids{sync, clear});
  CHECK(listed([](auto& f) { f.connection = base::ConnectionId("e"); }) == Ids{other});
  CHECK(listed([](auto& f) { f.created.from = kNow + std::chrono::seconds(2); }) == Ids{other});
  CHECK(listed([](auto& f) { f.updated.to = kNow + std::chrono::seconds(1); }) == Ids{sync, clear});
  CHECK(listed([](auto& f) { f.workspaces = R"(["w"])"; }) == Ids{sync, clear, other});
  CHECK(listed([](auto& f) { f.workspaces = R"(["x"])"; }).empty());
  store.fail(attempt);
  CHECK(listed(any) == Ids{sync, clear, other});
  CHECK(job_table::get(store.db, clear).has_value());
}

TEST_CASE("a clear that waits for the end of a sync and is cancelled never begins") {
  Store store;
  const auto attempt = store.claim(job_steps::enqueue(store.tx(), wish(), kNow).value()).attempt;
  const auto asked = job_steps::request_clear(store.tx(), kConnection, wish().config.catalog, kNow);
  CHECK(job_steps::request_cancel(store.tx(), asked, kNow).value().status == JobStatus::cancelled);
  CHECK(job_steps::request_cancel(store.tx(), asked, kNow).error().code == ErrorCode::conflict);
  store.fail(attempt);
  CHECK_FALSE(job_table::active(store.db, kConnection).has_value());
  CHECK(job_table::get(store.db, asked)->kind == JobKind::clear);
  const auto next = job_steps::enqueue(store.tx(), wish(), kNow).value();
  CHECK(next.value > asked.value);
  CHECK(job_table::get(store.db, next)->kind == JobKind::sync);
}

TEST_CASE("a clear that failed is what the connection's next job does; a cancelled one is not") {
  const bool cancelled = GENERATE(false, true);
  Store store;
  const auto id = job_steps::request_clear(store.tx(), kConnection, wish().config.catalog, kNow);
  const auto attempt = store.claim(id).attempt;
  if (cancelled) REQUIRE(job_steps::request_cancel(store.tx(), id, kNow).has_value());
  store.fail(attempt, {.progress = false, .config_error = true});
  CHECK_FALSE(job_table::active(store.db, kConnection).has_value());
  const auto wanted = cancelled ? JobKind::sync : JobKind::clear;
  store.db.execute("insert or replace into due select id, 5 from connection");
  CHECK(job_steps::enqueue_due(store.tx(), kNow) == 1);
  const auto due = job_table::active(store.db, kConnection).value();
  CHECK(due.kind == wanted);
  CHECK((due.config.catalog.streams.size() == 3) == !cancelled);
  REQUIRE(job_steps::cancel(store.tx(), due.id, "not wanted", kNow).has_value());
}
