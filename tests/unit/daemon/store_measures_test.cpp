#include "daemon/store_measures.h"

#include <catch2/catch.hpp>

#include "database/migrations.h"
#include "sqlite/migrate.h"
#include "sqlite/statement.h"
#include "workload/workload_queue.h"

using namespace wharf;
using namespace wharf::daemon;

namespace {

struct Store {
  sqlite::Connection db{":memory:"};
  Store() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    db.execute(R"sql(
      insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
      insert into source (id, definition_id, name, config, managed_by, created, updated)
        values ('s', 'd', 's', '{}', 'file', 0, 0);
      insert into destination (id, definition_id, name, config, managed_by, created, updated)
        values ('t', 'd', 't', '{}', 'file', 0, 0))sql");
  }
  void connection(const std::string& id, const std::string& name, const std::string& status) {
    db.statement(
          "insert into connection (id, name, source_id, destination_id, status, catalog,"
          " namespace_definition, namespace_format, prefix, mode, managed_by, created, updated)"
          " values (?, ?, 's', 't', ?, '{}', 'source', '', '', 'auto', 'file', 0, 0)")
        .execute(id, name, status);
  }
  void job(const std::string& connection, const std::string& status, std::int64_t created) {
    db.statement(
          "insert into job (connection_id, status, trigger, config_hash, catalog, settings,"
          " resumable_full_refresh, next_try, created, ended)"
          " values (?, ?, 'manual', '', '{}', '{}', 0, 0, ?, ?)")
        .execute(connection, status, created, created + 1000);
  }
};

base::ConnectionId id(const char* text) {
  return base::ConnectionId(text);
}

}  // namespace

TEST_CASE("failures in a row are those after the last success, and cancelled jobs are none") {
  Store store;
  store.connection("a", "shop", "active");
  store.connection("b", "never", "inactive");
  for (const char* status : {"failed", "succeeded", "failed", "cancelled", "failed", "pending"}) {
    store.job("a", status, 5000);
  }
  store.job("b", "failed", 7000);
  const auto stand = read_stand(store.db);
  const auto& shop = stand.connections.at(id("a"));
  CHECK(shop.name == "shop");
  CHECK(shop.enabled);
  CHECK(shop.failures_in_a_row == 2);
  CHECK(shop.last_success == base::from_millis(6000));
  const auto& never = stand.connections.at(id("b"));
  CHECK_FALSE(never.enabled);
  CHECK(never.failures_in_a_row == 1);
  CHECK_FALSE(never.last_success);
}

TEST_CASE("jobs that wait and jobs that run are counted apart, with the age of the oldest") {
  Store store;
  for (const char* name : {"a", "b", "c", "d"}) store.connection(name, name, "active");
  store.job("a", "pending", 9000);
  store.job("b", "incomplete", 8000);
  store.job("c", "running", 4000);
  store.job("d", "succeeded", 1000);
  const auto stand = read_stand(store.db);
  CHECK(stand.pending.at("sync").count == 2);
  CHECK(stand.pending.at("sync").oldest == base::from_millis(8000));
  CHECK(stand.running.at("sync").count == 1);
  CHECK(stand.running.at("sync").oldest == base::from_millis(4000));
  CHECK(stand.pending.at("clear").count == 0);

  metrics::Exposition exposition;
  add_stand(exposition, stand, base::from_millis(10'500));
  const std::string text = std::move(exposition).text();
  CHECK(text.find("\nwharf_oldest_pending_job_age_seconds{type=\"sync\"} 2.5\n") != text.npos);
  CHECK(text.find("\nwharf_oldest_running_job_age_seconds{type=\"sync\"} 6.5\n") != text.npos);
}

TEST_CASE(
    "questions are counted as jobs of their kind, and what waits in the queue by its priority") {
  namespace queue = workload::workload_queue;
  Store store;
  sqlite::Transaction transaction(store.db);
  const auto wish = [&](const char* name, workload::WorkloadType type, std::string_view group) {
    workload::WorkloadWish workload;
    workload.id = name;
    workload.type = type;
    workload.input = "{}";
    workload.group = group;
    queue::create(transaction, workload, base::from_millis(5000)).value();
  };
  wish("a", workload::WorkloadType::check, workload::kOwnGroup);
  wish("b", workload::WorkloadType::check, workload::kOwnGroup);
  wish("c", workload::WorkloadType::discover, workload::kOwnGroup);
  wish("elsewhere", workload::WorkloadType::check, "there");
  queue::claim(transaction, "b", "wharf", {}, base::from_millis(5000));
  queue::tell(transaction, "c", {workload::Tidings::success}, base::from_millis(6000)).value();
  const auto stand = read_stand(store.db);
  CHECK(stand.pending.at("check").count == 1);
  CHECK(stand.running.at("check").count == 1);
  CHECK(stand.pending.at("discover").count == 0);
  CHECK(stand.queued.at("high") == 2);  // a, and the one elsewhere
  CHECK(stand.queued.at("default") == 0);
}

TEST_CASE("two connections of one name give two samples") {
  Store store;
  store.connection("a", "shop", "active");
  store.connection("b", "shop", "active");
  const auto stand = read_stand(store.db);
  CHECK(stand.connections.at(id("a")).name == "shop");
  CHECK(stand.connections.at(id("b")).name == "shop (b)");
}
