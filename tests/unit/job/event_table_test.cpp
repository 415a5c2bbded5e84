#include "job/event_table.h"

#include <catch2/catch.hpp>

#include "connection/connection_table.h"
#include "database/migrations.h"
#include "job/job_steps.h"
#include "job/job_table.h"
#include "sqlite/migrate.h"

using namespace wharf;
using namespace wharf::job;

namespace {

const base::ConnectionId kShop("shop");
const base::WallTime kNoon = base::from_millis(43'200'000);

struct Diary {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  Diary() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    db.execute(R"sql(
      pragma foreign_keys = on;
      insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
      insert into source (id, definition_id, name, config, managed_by, created, updated)
        values ('s', 'd', 's', '{}', 'file', 0, 0);
      insert into destination (id, definition_id, name, config, managed_by, created, updated)
        values ('t', 'd', 't', '{}', 'file', 0, 0);
      insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated) values
        ('shop', 'shop', 's', 't', 'active', '{"streams":[]}', 'source', '', '', 'auto', 'file', 0,
         0))sql");
    open.emplace(db);
  }
  sqlite::Transaction& tx() { return *open; }
  base::JobId wished() {
    Wish wish;
    wish.connection = kShop;
    return job_steps::enqueue(tx(), wish, kNoon).value();
  }
  base::AttemptId begun(base::JobId job) {
    return job_steps::claim(tx(), job, kNoon, {}).value().attempt;
  }
  void ends(const base::AttemptId& attempt, AttemptEnd::How how, bool config_error = false) {
    AttemptEnd end;
    end.how = how;
    end.failed.config_error = config_error;
    end.cause = "why";
    REQUIRE(job_steps::finish(tx(), attempt, end, {}, kNoon).has_value());
  }
  // Oldest first, and each of this job and with its time.
  std::vector<std::string> kinds(std::optional<base::JobId> job = {}) {
    std::vector<std::string> kinds;
    for (const auto& event : event_table::newest(db, 100)) {
      if (event.job != job) continue;
      CHECK(event.connection == kShop);
      CHECK(event.at == kNoon);
      kinds.insert(kinds.begin(), event.kind);
    }
    return kinds;
  }
};

using Kinds = std::vector<std::string>;
using How = AttemptEnd::How;

}  // namespace

TEST_CASE("a job's beginning, its tries that failed and its end are in the timeline") {
  Diary diary;
  const auto job = diary.wished();
  CHECK(diary.kinds(job).empty());
  diary.ends(diary.begun(job), How::failed);
  diary.ends(diary.begun(job), How::succeeded);
  CHECK(diary.kinds(job) == Kinds{"SYNC_STARTED", "SYNC_INCOMPLETE", "SYNC_SUCCEEDED"});
  CHECK(event_table::newest(diary.db, 1).front().detail == "why");
}

TEST_CASE("a sync that fails for good, one that is cancelled, and a clear") {
  Diary diary;
  const auto failed = diary.wished();
  diary.ends(diary.begun(failed), How::failed, true);
  CHECK(diary.kinds(failed) == Kinds{"SYNC_STARTED", "SYNC_FAILED"});
  const auto cancelled = diary.wished();
  REQUIRE(job_steps::request_cancel(diary.tx(), cancelled, kNoon).has_value());
  CHECK(diary.kinds(cancelled) == Kinds{"SYNC_CANCELLED"});
  const auto clear = job_steps::request_clear(diary.tx(), kShop, {}, kNoon);
  diary.ends(diary.begun(clear), How::succeeded);
  CHECK(diary.kinds(clear) == Kinds{"CLEAR_STARTED", "CLEAR_SUCCEEDED"});
}

TEST_CASE("a job that is given another number keeps its events, and has not begun twice") {
  Diary diary;
  const auto job = diary.wished();
  const auto attempt = diary.begun(job);
  checkpoint::StartPlan plan;
  plan.raise.job_at_least = base::JobId(1000);
  const auto settled = job_steps::settle(diary.tx(), attempt, plan, kNoon);
  REQUIRE(settled.job.value == 1000);
  diary.ends(settled, How::succeeded);
  CHECK(diary.kinds(settled.job) == Kinds{"SYNC_STARTED", "SYNC_SUCCEEDED"});
  CHECK(diary.kinds(job).empty());
}

TEST_CASE("what becomes of a connection is in its timeline") {
  namespace table = connection::connection_table;
  Diary diary;
  table::set_status(diary.tx(), kShop, connection::ConnectionStatus::inactive, kNoon);
  table::set_status(diary.tx(), kShop, connection::ConnectionStatus::inactive, kNoon);
  table::set_status(diary.tx(), kShop, connection::ConnectionStatus::active, kNoon);
  CHECK(diary.kinds() == Kinds{"CONNECTION_DISABLED", "CONNECTION_ENABLED"});
  auto shop = table::get(diary.db, kShop).value();
  table::put(diary.tx(), shop, kNoon);  // as it is
  CHECK(diary.kinds().size() == 2);
  shop.mapping.prefix = "x_";
  table::put(diary.tx(), shop, kNoon);
  shop.catalog.streams.emplace_back().stream.descriptor.name = "orders";
  shop.catalog.streams.back().stream.supported_sync_modes = {protocol::SyncMode::full_refresh};
  table::put(diary.tx(), shop, kNoon);
  CHECK(diary.kinds() == Kinds{"CONNECTION_DISABLED", "CONNECTION_ENABLED",
                               "CONNECTION_SETTINGS_UPDATE", "SCHEMA_CONFIG_UPDATE"});
}
