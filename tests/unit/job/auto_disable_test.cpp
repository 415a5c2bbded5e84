#include "job/auto_disable_step.h"

#include <catch2/catch.hpp>

#include "connection/connection_table.h"
#include "database/migrations.h"
#include "job/event_table.h"
#include "job/job_table.h"
#include "sqlite/statement.h"

using namespace wharf;
using namespace wharf::job;
using namespace std::chrono_literals;

namespace {

const base::WallTime kBegin = base::from_millis(1'700'000'000'000);
constexpr auto kDay = std::chrono::hours(24);

AutoDisable verdict(std::int64_t failed, std::chrono::milliseconds since_success,
                    std::chrono::milliseconds before_that = 1h) {
  return judge({failed, kBegin}, kBegin + since_success, kBegin + since_success - before_that, {});
}

// A connection of the store whose jobs end as they are told.
struct History {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  base::WallTime now = kBegin;
  AutoDisablePolicy policy;

  History() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    db.execute(R"sql(
      insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
      insert into source (id, definition_id, name, config, managed_by, created, updated)
        values ('s', 'd', 's', '{}', 'file', 0, 0);
      insert into destination (id, definition_id, name, config, managed_by, created, updated)
        values ('t', 'd', 't', '{}', 'file', 0, 0);
      insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated)
        values ('c', 'c', 's', 't', 'active', '{}', 'source', '', '', 'auto', 'file', 0, 0);
      insert into due values ('c', 5))sql");
    open.emplace(db);
  }

  AutoDisable ends(JobStatus status) {
    Job job;
    job.connection = base::ConnectionId("c");
    job.id = job_table::insert(*open, job.connection, Trigger::scheduled, {}, JobKind::sync, now);
    job.status = status;
    job_table::update(*open, job, now);
    return disable_if_hopeless(*open, job, policy, now);
  }
  std::string column(const std::string& name) {
    auto run = db.statement("select coalesce(" + name + ", '-') from connection").run();
    REQUIRE(run.next());
    return run.string(0);
  }
};

}  // namespace

TEST_CASE("a connection is given up after 30 failed jobs and 7 days without success, not before") {
  struct Row {
    std::int64_t failed;
    std::chrono::milliseconds since;
    AutoDisable wanted;
  };
  const Row table[] = {
      {30, 7 * kDay, AutoDisable::disable},       {30, 7 * kDay - 1ms, AutoDisable::nothing},
      {29, 30 * kDay, AutoDisable::nothing},      {31, 8 * kDay, AutoDisable::disable},
      {1000, 1 * kDay, AutoDisable::nothing},     {1, 400 * kDay, AutoDisable::nothing},
      {20, 5 * kDay, AutoDisable::warn},          {20, 4 * kDay, AutoDisable::warn},
      {20, 4 * kDay - 1ms, AutoDisable::nothing}, {21, 5 * kDay, AutoDisable::nothing},
      {0, 30 * kDay, AutoDisable::nothing},
  };
  for (const auto& row : table) {
    INFO(row.failed << " failed, " << row.since.count() << " ms");
    CHECK(verdict(row.failed, row.since) == row.wanted);
  }
}

TEST_CASE("the warning comes once: with the first failed job that earns it by number or by days") {
  CHECK(verdict(25, 4 * kDay, 1h) == AutoDisable::warn);  // the days have come since the last one
  CHECK(verdict(25, 4 * kDay + 2h, 1h) == AutoDisable::nothing);
  CHECK(verdict(20, 6 * kDay, 1h) == AutoDisable::warn);  // the number has
}

TEST_CASE("a policy of no failed jobs gives nothing up") {
  const AutoDisablePolicy never{0, 0, 0, 0};
  CHECK(judge({1'000, kBegin}, kBegin + 365 * kDay, kBegin, never) == AutoDisable::nothing);
}

TEST_CASE("failing on and on: a warning, then the end with its reason and an event") {
  History history;
  std::vector<std::pair<int, AutoDisable>> verdicts;
  for (int number = 1; number <= 40; ++number) {
    history.now += 6h;
    const auto verdict = history.ends(JobStatus::failed);
    if (verdict != AutoDisable::nothing) verdicts.emplace_back(number, verdict);
  }
  CHECK(verdicts == std::vector<std::pair<int, AutoDisable>>{{20, AutoDisable::warn},
                                                             {30, AutoDisable::disable}});
  CHECK(history.column("status") == "inactive");
  CHECK(history.column("inactive_reason") == "TOO_MANY_FAILED_JOBS_WITH_NO_RECENT_SUCCESS");
  CHECK(history.db.number("select count(*) from due") == 0);
  const auto events = event_table::newest(history.db, 10);
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == "connection_disabled");
  CHECK(events[0].job == base::JobId(30));
  CHECK(events[0].detail == "30 jobs in a row have failed, none has succeeded for 7 days");
  CHECK(events[1].kind == "connection_disable_warning");
}

TEST_CASE("a success begins the count anew; cancelled jobs count on neither side") {
  History history;
  const auto fail = [&](int times) {
    for (int i = 0; i < times; ++i) {
      history.now += 12h;
      history.ends(JobStatus::failed);
    }
  };
  fail(29);
  history.ends(JobStatus::succeeded);
  fail(29);
  for (int i = 0; i < 10; ++i) history.ends(JobStatus::cancelled);
  CHECK(history.column("status") == "active");
  fail(1);
  CHECK(history.column("status") == "inactive");
}

TEST_CASE("one that is made active again is not given up by its next failure") {
  History history;
  history.policy = {3, 0, 0, 0};
  for (int i = 0; i < 3; ++i) history.ends(JobStatus::failed);
  CHECK(history.column("status") == "inactive");
  connection::connection_table::set_status(*history.open, base::ConnectionId("c"),
                                           connection::ConnectionStatus::active, history.now);
  CHECK(history.column("inactive_reason") == "-");
  CHECK(history.ends(JobStatus::failed) == AutoDisable::nothing);
  CHECK(history.ends(JobStatus::failed) == AutoDisable::nothing);
  CHECK(history.ends(JobStatus::failed) == AutoDisable::disable);
}
