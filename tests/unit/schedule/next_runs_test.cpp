#include "schedule/next_runs.h"

#include "connection/connection_table.h"
#include "database/migrations.h"
#include "job/job_steps.h"
#include "job/job_table.h"
#include "times.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

namespace wharf::schedule {
namespace {

const base::ConnectionId kConnection("c");

/// A store with one connection that runs hourly, and the daemon's part of it.
struct Hourly {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  Watch watch{TimeZone::utc(), at("2026-01-01T00:00:00Z")};

  Hourly() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    db.execute(R"sql(
      insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
      insert into source (id, definition_id, name, config, managed_by, created, updated)
        values ('s', 'd', 's', '{}', 'file', 0, 0);
      insert into destination (id, definition_id, name, config, managed_by, created, updated)
        values ('t', 'd', 't', '{}', 'file', 0, 0))sql");
    open.emplace(db);
    connection::Connection connection;
    connection.id = kConnection;
    connection.name = "c";
    connection.source = base::SourceId("s");
    connection.destination = base::DestinationId("t");
    connection.schedule = R"({"type":"basic","every":"1 hour"})";
    connection::connection_table::put(*open, connection, at("2026-01-01T00:00:00Z"));
  }

  std::string renewed(const std::string& now) {
    const auto next = renew_next_run(*open, kConnection, watch, at(now));
    CHECK(connection::connection_table::next_run(db, kConnection) == next);
    return next ? text_of(*next) : "never";
  }

  base::JobId begins(job::Trigger trigger, const std::string& now) {
    const job::Wish wish{kConnection, trigger, {}};
    const auto id = job::job_steps::enqueue(*open, wish, at(now)).value();
    job::job_steps::claim(*open, id, at(now), {}).value();
    return id;
  }

  void ends(base::JobId id, job::AttemptEnd::How how, const std::string& now) {
    job::AttemptEnd end;
    end.how = how;
    end.failed.config_error = true;
    job::job_steps::finish(*open, {id, 0}, end, {}, at(now)).value();
  }

  void runs(job::Trigger trigger, const std::string& from, const std::string& to,
            job::AttemptEnd::How how = job::AttemptEnd::How::succeeded) {
    ends(begins(trigger, from), how, to);
  }
};

using job::Trigger;
using How = job::AttemptEnd::How;

}  // namespace

TEST_CASE("a basic schedule counts from the creation of its last job, however that ended") {
  Hourly hourly;
  CHECK(hourly.renewed("2026-03-01T10:00:00Z") == "2026-03-01T10:00:00Z");  // none yet: now
  const auto how = GENERATE(How::succeeded, How::failed, How::cancelled);
  hourly.runs(Trigger::scheduled, "2026-03-01T10:00:00Z", "2026-03-01T10:20:00Z", how);
  CHECK(hourly.renewed("2026-03-01T10:20:00Z") == "2026-03-01T11:00:00Z");
}

TEST_CASE("a run by hand does not push a basic schedule back") {
  Hourly hourly;
  hourly.runs(Trigger::scheduled, "2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z");
  hourly.runs(Trigger::manual, "2026-03-01T10:40:00Z", "2026-03-01T10:50:00Z");
  CHECK(hourly.renewed("2026-03-01T10:50:00Z") == "2026-03-01T11:00:00Z");
}

TEST_CASE("a connection has no next run while a job of it runs, and none when it is inactive") {
  Hourly hourly;
  const auto job = hourly.begins(Trigger::scheduled, "2026-03-01T10:00:00Z");
  CHECK(hourly.renewed("2026-03-01T10:01:00Z") == "never");
  connection::connection_table::set_status(*hourly.open, kConnection,
                                           connection::ConnectionStatus::inactive,
                                           at("2026-03-01T10:02:00Z"));
  hourly.ends(job, How::succeeded, "2026-03-01T10:03:00Z");
  CHECK(hourly.renewed("2026-03-01T10:03:00Z") == "never");
}

}  // namespace wharf::schedule
