#include "workload/workload_table.h"

#include <catch2/catch.hpp>

#include "database/migrations.h"

using namespace wharf;
using namespace wharf::workload;

TEST_CASE("what was started and has not ended is known to the next life") {
  sqlite::Connection db(":memory:");
  REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
  db.execute("pragma foreign_keys = off");
  sqlite::Transaction tx(db);
  const base::AttemptId attempt{base::JobId(3), 1};
  const auto now = base::from_millis(1);
  const auto destination = workload_table::insert(tx, attempt, false, "/run/a", now);
  const auto source = workload_table::insert(tx, attempt, true, "/run/a", now);
  workload_table::started(tx, destination, {100, 101, 5555, "boot"});
  workload_table::started(tx, source, {200, 201, 6666, "boot"});
  workload_table::ended(tx, source, "exit 0", now);

  const auto open = workload_table::not_ended(db);
  REQUIRE(open.size() == 1);
  CHECK(open[0].id == destination);
  CHECK_FALSE(open[0].is_source);
  CHECK(open[0].attempt == attempt);
  REQUIRE(open[0].process.has_value());
  CHECK(open[0].process->pid == 100);
  CHECK(open[0].process->group == 101);
  CHECK(open[0].process->start_time == 5555);
  CHECK(open[0].process->boot_id == "boot");
  CHECK(workload_table::get(db, source)->exit_text == "exit 0");
  CHECK(workload_table::of_attempt(db, attempt).size() == 2);

  // One that has ended does not run again because its start is reported late.
  workload_table::started(tx, source, {200, 201, 6666, "boot"});
  CHECK(workload_table::get(db, source)->status == WorkloadStatus::ended);
}

TEST_CASE("a container that was started is known to the next life by its name") {
  sqlite::Connection db(":memory:");
  REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
  db.execute("pragma foreign_keys = off");
  sqlite::Transaction tx(db);
  const auto source =
      workload_table::insert(tx, {base::JobId(3), 1}, true, "/run/a", base::from_millis(1));
  workload_table::started(tx, source, "source-faker-read-3-1-abcd2345");
  const auto open = workload_table::not_ended(db);
  REQUIRE(open.size() == 1);
  CHECK(open[0].status == WorkloadStatus::running);
  CHECK(open[0].container == "source-faker-read-3-1-abcd2345");
  CHECK_FALSE(open[0].process.has_value());
}
