#include "chores/retention.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

#include "sqlite/statement.h"

#include "workload/workload_queue.h"

using namespace wharf;
using namespace wharf::chores;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const base::WallTime kToday = base::from_millis(1'700'000'000'000);

struct Store {
  fs::path path;
  std::unique_ptr<database::DataDirectory> directory;
  std::unique_ptr<database::Database> database;

  Store() {
    char name[] = "/tmp/wharf-keep-XXXXXX";
    path = ::mkdtemp(name);
    directory =
        std::make_unique<database::DataDirectory>(database::DataDirectory::open(path).value());
    database = database::Database::open(*directory).value();
    write(R"sql(
      insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
      insert into source (id, definition_id, name, config, managed_by, created, updated)
        values ('s', 'd', 's', '{}', 'file', 0, 0);
      insert into destination (id, definition_id, name, config, managed_by, created, updated)
        values ('t', 'd', 't', '{}', 'file', 0, 0);
      insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated) values
        ('a', 'a', 's', 't', 'active', '{}', 'source', '', '', 'auto', 'file', 0, 0),
        ('b', 'b', 's', 't', 'active', '{}', 'source', '', '', 'auto', 'file', 0, 0);
    )sql");
  }
  ~Store() {
    database.reset();
    fs::remove_all(path);
  }
  void write(const std::string& sql) {
    database->write(
        [&](sqlite::Transaction& transaction) { transaction.connection().execute(sql); });
  }
  void job(int id, const std::string& connection, const std::string& status,
           std::chrono::milliseconds age) {
    const auto created = std::to_string(base::to_millis(kToday - age));
    const auto number = std::to_string(id);
    fs::create_directory(directory->logs() / number);
    const auto log = directory->logs() / number / "0.log";
    std::ofstream(log) << "said\n";
    write(
        "insert into job (id, connection_id, status, trigger, config_hash, catalog, settings, "
        "resumable_full_refresh, next_try, created) values (" +
        number + ", '" + connection + "', '" + status + "', 'manual', '', '{}', '{}', 0, 0, " +
        created + "); insert into attempt (job_id, number, status, log_path, created) values (" +
        number + ", 0, 'succeeded', '" + log.string() + "', " + created +
        "); insert into job_change (job_id, status, cause, at) values (" + number +
        ", 'x', 'x', 0)");
  }
  std::vector<std::int64_t> numbers(const std::string& sql) {
    return database->read([&](sqlite::Connection& store) {
      std::vector<std::int64_t> out;
      auto run = store.statement(sql).run();
      while (run.next()) out.push_back(run.integer(0));
      return out;
    });
  }
};

}  // namespace

TEST_CASE("old jobs go with all that is theirs, but for what runs and the newest of a connection") {
  Store store;
  store.job(1, "a", "succeeded", 40h);
  store.job(2, "a", "failed", 30h);
  store.job(3, "a", "cancelled", 25h);
  store.job(4, "a", "succeeded", 23h);
  store.job(5, "b", "incomplete", 50h);
  store.job(6, "b", "succeeded", 49h);  // the newest of b
  Retention retention;
  retention.jobs = 24h;
  const auto pruned = prune(*store.database, store.directory->logs(), retention, kToday);
  CHECK(pruned.jobs == 3);
  using Numbers = std::vector<std::int64_t>;
  CHECK(store.numbers("select id from job order by id") == Numbers{4, 5, 6});
  CHECK(store.numbers("select job_id from attempt order by job_id") == Numbers{4, 5, 6});
  CHECK(store.numbers("select job_id from job_change order by job_id") == Numbers{4, 5, 6});
  CHECK_FALSE(fs::exists(store.directory->logs() / "1"));
  CHECK(fs::exists(store.directory->logs() / "4" / "0.log"));
  CHECK(prune(*store.database, store.directory->logs(), retention, kToday).jobs == 0);
}

TEST_CASE("F-65: what was deleted goes for good after its time, with its jobs and their logs") {
  Store store;
  const auto of = [](std::chrono::milliseconds age) {
    return std::to_string(base::to_millis(kToday - age));
  };
  store.write(
      "insert into source (id, definition_id, name, config, managed_by, created, updated, "
      "tombstone)"
      " values ('gone', 'd', 'gone', '{}', 'api', 0, 0, 1), "
      "('lately', 'd', 'lately', '{}', 'api', 0, " +
      of(1h) +
      ", 1);"
      "insert into destination (id, definition_id, name, config, managed_by, created, updated, "
      "tombstone) values ('gone', 'd', 'gone', '{}', 'api', 0, 0, 1);"
      "insert into connection (id, name, source_id, destination_id, status, catalog, "
      "namespace_definition, namespace_format, prefix, mode, managed_by, created, updated, "
      "tombstone) values "
      "('old', 'o', 'gone', 'gone', 'inactive', '{}', 'source', '', '', 'auto', 'api', 0, " +
      of(50h) +
      ", 1), ('new', 'n', 'lately', 't', 'inactive', '{}', 'source', '', '', 'auto', "
      "'api', 0, " +
      of(1h) + ", 1)");
  store.job(1, "old", "cancelled", 50h);
  store.job(2, "new", "succeeded", 1h);
  store.job(3, "a", "succeeded", 50h);  // the newest of a connection that is there
  Retention retention;
  retention.jobs = 24h;
  CHECK(prune(*store.database, store.directory->logs(), retention, kToday).deleted == 3);
  using Numbers = std::vector<std::int64_t>;
  CHECK(store.numbers("select id from job order by id") == Numbers{2, 3});
  CHECK_FALSE(fs::exists(store.directory->logs() / "1"));
  CHECK(store.numbers("select count(*) from connection where id in ('a', 'b', 'new')") ==
        Numbers{3});
  CHECK(store.numbers("select count(*) from connection") == Numbers{3});
  CHECK(store.numbers("select count(*) from source where id in ('s', 'lately')") == Numbers{2});
  CHECK(store.numbers("select count(*) from source") == Numbers{2});
  CHECK(store.numbers("select count(*) from destination") == Numbers{1});
  CHECK(prune(*store.database, store.directory->logs(), retention, kToday).deleted == 0);
}

TEST_CASE("F-66: a row that names a file elsewhere removes nothing there") {
  Store store;
  store.job(1, "a", "succeeded", 40h);
  store.job(2, "a", "succeeded", 1h);
  const auto other = store.path / "mine.log";
  std::ofstream(other) << "keep";
  store.write("update attempt set log_path = '" +
              (store.directory->logs() / ".." / "mine.log").string() + "' where job_id = 1");
  Retention retention;
  retention.jobs = 24h;
  CHECK(prune(*store.database, store.directory->logs(), retention, kToday).jobs == 1);
  CHECK(fs::exists(other));
}

TEST_CASE("more old jobs than a batch has all go") {
  Store store;
  store.write(
      "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1203) "
      "insert into job (id, connection_id, status, trigger, config_hash, catalog, settings, "
      "resumable_full_refresh, next_try, created) select i, 'a', 'succeeded', 'manual', '', '{}', "
      "'{}', 0, 0, 0 from n");
  CHECK(prune(*store.database, store.directory->logs(), {}, kToday).jobs == 1202);
  CHECK(store.numbers("select id from job") == std::vector<std::int64_t>{1203});
}

TEST_CASE("answers, events and tokens go by their own times") {
  Store store;
  const auto now = std::to_string(base::to_millis(kToday));
  store.write("insert into answer values ('spec', 'old', '', '{}', 0), ('spec', 'new', '', '{}', " +
              now + "); insert into event (kind, detail, at) values ('old', '', 0), ('new', '', " +
              now + "); insert into token values ('a', 's', 'admin', " + now +
              "), ('b', 's', 'admin', null), ('c', 's', 'admin', " + now + " + 1)");
  const auto pruned = prune(*store.database, store.directory->logs(), {}, kToday);
  CHECK(pruned.answers == 1);
  CHECK(pruned.events == 1);
  CHECK(pruned.tokens == 1);
  CHECK(store.numbers("select count(*) from token") == std::vector<std::int64_t>{2});
}

TEST_CASE("workloads go a week after their end, and those that live stay") {
  namespace queue = workload::workload_queue;
  Store store;
  const auto wish = [&](const char* id, std::chrono::hours before, bool ends) {
    store.database->write([&](sqlite::Transaction& transaction) {
      workload::WorkloadWish workload;
      workload.id = id;
      workload.input = "{}";
      queue::create(transaction, workload, kToday - before).value();
      if (ends) queue::tell(transaction, id, {workload::Tidings::success}, kToday - before).value();
    });
  };
  wish("old", 24h * 8, true);
  wish("young", 24h * 6, true);
  wish("silent", 24h, false);
  wish("waits", 0h, false);
  CHECK(prune(*store.database, store.directory->logs(), {}, kToday).workloads == 1);
  const auto status = [&](const char* id) {
    return store.database->read([&](sqlite::Connection& db) -> std::string {
      const auto found = queue::get(db, id);
      return found ? std::string(workload::name_of(found->status)) : "gone";
    });
  };
  CHECK(status("old") == "gone");
  CHECK(status("young") == "success");
  CHECK(status("silent") == "pending");  // that is the monitor's business
  CHECK(status("waits") == "pending");
}

TEST_CASE("space that is free inside a store goes back to the disk") {
  Store store;
  store.write("create table ballast (x blob)");
  for (int i = 0; i < 8; ++i) store.write("insert into ballast values (zeroblob(1000000))");
  const auto pages = store.numbers("pragma page_count").front();
  store.write("drop table ballast");
  for (int i = 0; i < 3; ++i) tidy_store(*store.database, store.directory->database_file());
  CHECK(store.numbers("pragma page_count").front() < pages / 2);
}

TEST_CASE("a write-ahead log that has grown long is cut, a short one is left alone") {
  Store store;
  const auto wal = store.directory->database_file().string() + "-wal";
  const auto grow = [&](int rows) {
    store.write(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < " +
        std::to_string(rows) +
        ") insert into event (kind, detail, at) select 'x', hex(zeroblob(50000)), 0 from n");
  };
  grow(20);
  const auto is_short = fs::file_size(wal);
  REQUIRE(is_short > 0);
  tidy_store(*store.database, store.directory->database_file());
  CHECK(fs::file_size(wal) >= is_short);
  // Who reads holds up SQLite's own checkpoints: so a log grows.
  store.database->read([&](sqlite::Connection& reader) {
    reader.number("select count(*) from event");
    grow(250);
  });
  REQUIRE(fs::file_size(wal) > (16u << 20));
  tidy_store(*store.database, store.directory->database_file());
  CHECK(fs::file_size(wal) == 0);
  CHECK(store.numbers("select count(*) from event") == std::vector<std::int64_t>{270});
}

TEST_CASE("secrets that nothing refers to go, however many they are, and all others stay") {
  Store store;
  store.write(R"sql(
    update source set config = '{"a":{"_secret":"s/kept"},"b":[{"_secret":"s/a \"quoted\" name"}]}',
      overlay = '{"_secret":"s/overlay"}', overlay_of = '';
    update destination set config = '{"password":{"_secret":"t/kept"},"name":"s/said"}';
    insert into secret values ('s/kept', 'k', x'00'), ('s/a "quoted" name', 'k', x'00'),
      ('s/overlay', 'k', x'00'), ('t/kept', 'k', x'00'), ('s/said', 'k', x'00'), ('u/1', 'k', x'00');
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 250)
      insert into secret select 's/' || i, 'k', x'00' from n;
  )sql");
  const auto pruned = prune(*store.database, store.directory->logs(), Retention{}, kToday);
  CHECK(pruned.secrets == 252);
  const auto kept = store.database->read([](sqlite::Connection& db) {
    std::set<std::string> coordinates;
    auto run = db.statement("select coordinate from secret").run();
    while (run.next()) coordinates.insert(run.string(0));
    return coordinates;
  });
  CHECK(kept == std::set<std::string>{"s/kept", "s/a \"quoted\" name", "s/overlay", "t/kept"});
  CHECK(prune(*store.database, store.directory->logs(), Retention{}, kToday).secrets == 0);
}
