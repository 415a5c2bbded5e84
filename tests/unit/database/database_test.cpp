#include "database/database.h"
#include "database/migrations.h"
#include "sqlite/statement.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

using namespace wharf;
using database::Database;
using database::DataDirectory;
using sqlite::Transaction;

namespace {

struct TempDir {
  std::filesystem::path path;
  TempDir() {
    char name[] = "/tmp/wharf-database-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path); }
};

void put_meta(Transaction& tx, std::string_view key, std::string_view value) {
  tx.statement("insert into meta values (?, ?)").execute(key, value);
}

std::int64_t count_meta(Database& db) {
  return db.read([](sqlite::Connection& c) { return c.number("select count(*) from meta"); });
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777u;
}

// One connection, 'c', and its ends.
void add_connection(sqlite::Connection& db) {
  db.execute(R"sql(
    insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
    insert into source (id, definition_id, name, config, managed_by, created, updated)
      values ('s', 'd', 's', '{}', 'api', 0, 0);
    insert into destination (id, definition_id, name, config, managed_by, created, updated)
      values ('t', 'd', 't', '{}', 'api', 0, 0);
    insert into connection (id, name, source_id, destination_id, status, catalog,
      namespace_definition, namespace_format, prefix, mode, managed_by, created, updated)
    values ('c', 'c', 's', 't', 'active', '{"streams":[]}', 'source', '', '', 'auto', 'api', 0, 0))sql");
}

void add_job(sqlite::Connection& db, const char* status) {
  db.statement(
        "insert into job (connection_id, status, trigger, config_hash, catalog, settings, "
        "resumable_full_refresh, next_try, created) "
        "values ('c', ?, 'manual', '', '{}', '{}', 0, 0, 0)")
      .execute(status);
}

}  // namespace

TEST_CASE("the data directory and what is in it are the owner's alone") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path / "a" / "data");
  REQUIRE(directory.has_value());
  auto db = Database::open(*directory);
  REQUIRE(db.has_value());
  (*db)->write([](Transaction& tx) { put_meta(tx, "k", "v"); });
  CHECK(mode_of(temp.path / "a" / "data") == 0700);
  CHECK(mode_of(directory->logs()) == 0700);
  CHECK(mode_of(directory->database_file()) == 0600);
  CHECK(mode_of(directory->database_file().string() + "-wal") == 0600);
}

TEST_CASE("a second holder of the data directory is refused and told the first one's pid") {
  TempDir temp;
  {
    auto first = DataDirectory::open(temp.path);
    REQUIRE(first.has_value());
    auto second = DataDirectory::open(temp.path);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == ErrorCode::conflict);
    CHECK(second.error().message.find("pid " + std::to_string(::getpid())) != std::string::npos);
  }
  CHECK(DataDirectory::open(temp.path).has_value());
}

TEST_CASE("a data directory that cannot be made is an error that names it") {
  TempDir temp;
  std::ofstream(temp.path / "file") << "x";
  auto directory = DataDirectory::open(temp.path / "file" / "data");
  REQUIRE_FALSE(directory.has_value());
  CHECK(directory.error().code == ErrorCode::environment);
  CHECK(directory.error().message.find("file/data") != std::string::npos);
}

TEST_CASE("what was written is there when the store is opened again") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  {
    auto db = Database::open(*directory).value();
    CHECK(db->write([](Transaction& tx) {
      put_meta(tx, "k", "v");
      return 7;
    }) == 7);
  }
  auto db = Database::open(*directory).value();
  CHECK(count_meta(*db) == 1);
}

TEST_CASE("a store that was closed is one file") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  {
    auto db = Database::open(*directory).value();
    db->write([](Transaction& tx) { put_meta(tx, "k", "v"); });
    CHECK(count_meta(*db) == 1);
    CHECK(std::filesystem::exists(directory->database_file().string() + "-wal"));
  }
  CHECK_FALSE(std::filesystem::exists(directory->database_file().string() + "-wal"));
}

TEST_CASE("a closure that throws or returns an error undoes itself alone, and its waiter is told") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  auto db = Database::open(*directory).value();
  auto good = db->write_async([](Transaction& tx) { put_meta(tx, "good", ""); });
  auto thrown = db->write_async([](Transaction& tx) {
    put_meta(tx, "thrown", "");
    throw std::runtime_error("no");
  });
  auto error = db->write_async([](Transaction& tx) -> Result<int> {
    put_meta(tx, "error", "");
    return Error{ErrorCode::conflict, "there is one"};
  });
  good.get();
  CHECK_THROWS_WITH(thrown.get(), "no");
  auto result = error.get();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::conflict);
  CHECK(count_meta(*db) == 1);
}

TEST_CASE("a commit that fails is told to every waiter of its batch, and the next one succeeds") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  auto db = Database::open(*directory).value();

  // The writer is held until the batch is complete; a deferred foreign key makes the commit fail.
  std::promise<void> go;
  std::promise<void> holding;
  auto held = db->write_async([gate = go.get_future().share(), &holding](Transaction&) {
    holding.set_value();
    gate.wait();
  });
  holding.get_future().wait();
  auto innocent = db->write_async([](Transaction& tx) { put_meta(tx, "innocent", ""); });
  auto guilty = db->write_async([](Transaction& tx) {
    tx.connection().execute(
        "pragma defer_foreign_keys = on;"
        "insert into checkpoint (connection_id, stream, type, body, updated)"
        "  values ('nobody', 's', 'stream', '{}', 0)");
  });
  std::atomic<bool> told = false;
  db->write_then([](Transaction& tx) { put_meta(tx, "third", ""); },
                 [&](std::future<void> done) {
                   try {
                     done.get();
                   } catch (const sqlite::SqliteError&) {
                     told = true;
                   }
                 });
  go.set_value();
  held.get();
  CHECK_THROWS_AS(innocent.get(), sqlite::SqliteError);
  CHECK_THROWS_AS(guilty.get(), sqlite::SqliteError);
  db->write([](Transaction& tx) { put_meta(tx, "after", ""); });
  CHECK(told);
  CHECK(count_meta(*db) == 1);
}

TEST_CASE("many threads write and read, and every write is there") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  auto db = Database::open(*directory).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        db->write([&](Transaction& tx) { put_meta(tx, fmt::format("{}-{}", t, i), ""); });
        count_meta(*db);
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(count_meta(*db) == 120);
}

TEST_CASE("a store made by a newer version is refused by name") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  {
    auto db = Database::open(*directory).value();
  }
  {
    sqlite::Connection db(directory->database_file().string());
    db.execute("pragma user_version = 1000");
  }
  const auto bytes = [&] {
    std::ifstream in(directory->database_file(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const auto before = bytes();
  auto db = Database::open(*directory);
  REQUIRE_FALSE(db.has_value());
  CHECK(db.error().code == ErrorCode::environment);
  CHECK(db.error().message.find("newer version") != std::string::npos);
  CHECK(bytes() == before);
}

TEST_CASE("before a migration the store is copied as it was, for its owner alone") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  const auto last = static_cast<std::int64_t>(database::migrations().size());
  const auto copy = fmt::format("{}.before-{}", directory->database_file().string(), last);
  {
    auto fresh = Database::open(*directory).value();
    CHECK_FALSE(std::filesystem::exists(copy));  // of nothing there is no copy
    std::filesystem::remove(directory->database_file());
  }
  {
    sqlite::Connection older(directory->database_file().string());
    REQUIRE(sqlite::migrate(older, database::migrations().first(static_cast<std::size_t>(last) - 1))
                .has_value());
    older.execute("insert into meta values ('k', 'of before')");
  }
  {
    auto db = Database::open(*directory).value();
    db->write([](Transaction& tx) { tx.statement("delete from meta").execute(); });
  }
  CHECK(mode_of(copy) == 0600);
  {
    sqlite::Connection old(copy);
    CHECK(sqlite::schema_version(old) == last - 1);
    auto run = old.statement("select value from meta").run();
    REQUIRE(run.next());
    CHECK(run.text(0) == "of before");
  }
  std::filesystem::remove(copy);
  auto again = Database::open(*directory).value();  // nothing to migrate, nothing to copy
  CHECK_FALSE(std::filesystem::exists(copy));
}

TEST_CASE("F-42: a store that others hold locked is an error by name, after its limit") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  sqlite::Connection other(directory->database_file().string());
  other.execute("create table theirs (i int); begin exclusive");
  auto db = Database::open(*directory, {.busy_timeout = std::chrono::milliseconds(20)});
  REQUIRE_FALSE(db.has_value());
  CHECK(db.error().code == ErrorCode::environment);
  CHECK(db.error().message.find("wharf.db") != std::string::npos);
}

TEST_CASE("the migrations are numbered from one without gaps, and run") {
  sqlite::Connection db(":memory:");
  std::int64_t number = 0;
  for (const auto& migration : database::migrations()) CHECK(migration.number == ++number);
  REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
  CHECK(db.number("select count(*) from sqlite_schema where type = 'table' and name = 'job'") == 1);
}

TEST_CASE("F-45: what refers to a connection stays when a migration makes its table anew") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path);
  REQUIRE(directory.has_value());
  {
    sqlite::Connection older(directory->database_file().string());
    older.execute("pragma foreign_keys = on");
    REQUIRE(sqlite::migrate(older, database::migrations().first(7)).has_value());
    older.execute(R"sql(
      insert into definition (id, kind, name, builtin) values ('d', 'source', 'd', 'd');
      insert into source (id, definition_id, name, config, managed_by, created, updated)
        values ('s', 'd', 's', '{}', 'api', 0, 0);
      insert into destination (id, definition_id, name, config, managed_by, created, updated)
        values ('t', 'd', 't', '{}', 'api', 0, 0);
      insert into connection (id, name, source_id, destination_id, status, catalog,
        namespace_definition, namespace_format, prefix, mode, managed_by, created, updated,
        schedule, schedule_since, next_run, config_hash, settings, resumable_full_refresh,
        inactive_reason, tombstone)
      values ('c', 'name', 's', 't', 'inactive', '{"streams":[]}', 'custom_format', 'f', 'p', 'stdio',
        'api', 1, 2, '{"type":"cron"}', 3, 4, 'h', '{"a":1}', 1, 'why', 1);
      insert into checkpoint (connection_id, stream, type, body, updated)
        values ('c', 's', 'stream', '{}', 0);
      insert into job (connection_id, status, trigger, config_hash, catalog, settings,
        resumable_full_refresh, next_try, created)
      values ('c', 'succeeded', 'manual', '', '{}', '{}', 0, 0, 0))sql");
  }
  auto db = Database::open(*directory).value();
  db->read([](sqlite::Connection& store) {
    auto run = store
                   .statement(R"sql(
      select id || name || source_id || destination_id || status || catalog || namespace_definition
        || namespace_format || prefix || mode || managed_by || created || updated || schedule
        || schedule_since || (select at from due where connection_id = connection.id) || config_hash || settings || resumable_full_refresh
        || inactive_reason || tombstone from connection)sql")
                   .run();
    REQUIRE(run.next());
    CHECK(
        run.text(0) ==
        R"(cnamestinactive{"streams":[]}custom_formatfpstdioapi12{"type":"cron"}34h{"a":1}1why1)");
    CHECK(store.number("select count(*) from checkpoint") == 1);
    CHECK(store.number("select count(*) from job") == 1);
    CHECK_FALSE(store.statement("pragma foreign_key_check").run().next());
  });
  CHECK_THROWS_AS(db->write([](Transaction& tx) {
    tx.statement("update job set connection_id = 'nobody'").execute();
  }),
                  sqlite::SqliteError);
  db->write([](Transaction& tx) { tx.statement("delete from connection").execute(); });
  CHECK(db->read([](sqlite::Connection& c) { return c.number("select count(*) from job"); }) == 0);
}

TEST_CASE("F-45: a migration that fails at the start leaves the store as it was, and is named") {
  TempDir temp;
  auto directory = DataDirectory::open(temp.path / "data").value();
  Database::open(directory).value()->write([](Transaction& tx) { put_meta(tx, "k", "v"); });
  const auto content = [&] {
    sqlite::Connection store(directory.database_file().string(),
                             {sqlite::Connection::Access::read_only, std::chrono::seconds(1)});
    std::string all;
    auto run =
        store.statement("select name || ifnull(sql, '') from sqlite_schema order by name").run();
    while (run.next()) all += run.string(0) + '\n';
    return all + std::to_string(sqlite::schema_version(store)) +
           std::to_string(store.number("select count(*) from meta where key = 'k'"));
  };
  constexpr int kNotRun = 13;
  {  // as if this one had not run: what it makes is there, so it cannot
    sqlite::Connection store(directory.database_file().string(),
                             {sqlite::Connection::Access::read_write, std::chrono::seconds(1)});
    store.execute(fmt::format("pragma user_version = {}", kNotRun - 1));
  }
  const auto before = content();
  for (int start = 0; start < 2; ++start) {
    std::string said;
    try {
      const auto opened = Database::open(directory);
      REQUIRE_FALSE(opened.has_value());
      said = opened.error().message;
    } catch (const sqlite::SqliteError& error) {
      said = error.what();
    }
    CHECK(said.find("already exists") != std::string::npos);
    CHECK(content() == before);
  }
  CHECK(std::filesystem::exists(
      fmt::format("{}.before-{}", directory.database_file().string(), kNotRun)));
}

TEST_CASE("the schema refuses a second active job of a connection") {
  sqlite::Connection db(":memory:");
  REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
  add_connection(db);
  const auto insert = [&](const char* status) { add_job(db, status); };
  insert("succeeded");
  insert("incomplete");
  CHECK_THROWS_AS(insert("pending"), sqlite::SqliteError);
  CHECK_THROWS_AS(insert("queued"), sqlite::SqliteError);
}

TEST_CASE("a job has a connection, stays with it and goes with it") {
  sqlite::Connection db(":memory:");
  db.execute("pragma foreign_keys = on");
  REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
  CHECK_THROWS_AS(add_job(db, "pending"), sqlite::SqliteError);
  add_connection(db);
  CHECK(db.number("select count(*) from newest_job where id is null") == 1);
  for (const auto* status : {"failed", "succeeded", "incomplete"}) add_job(db, status);
  db.execute("insert into job_change (job_id, status, cause, at) values (3, 'incomplete', '', 0)");
  CHECK_THROWS_AS(db.execute("update job set connection_id = 'other'"), sqlite::SqliteError);
  CHECK(db.number("select sum(id) from job_by_connection where connection_id = 'c'") == 6);
  CHECK(db.number("select id from newest_job where connection_id = 'c'") == 3);
  db.execute("update job set status = 'cancelled' where id = 3");
  CHECK(db.number("select id from newest_job where connection_id = 'c'") == 3);
  db.execute("delete from connection");
  CHECK(db.number("select count(*) from job") == 0);
  CHECK(db.number("select count(*) from job_change") == 0);
}

TEST_CASE("a store of before keeps its jobs, what is theirs, and the numbers given ahead") {
  sqlite::Connection db(":memory:");
  REQUIRE(sqlite::migrate(db, database::migrations().first(16)).has_value());
  add_connection(db);
  add_job(db, "failed");
  add_job(db, "running");
  db.execute(R"sql(
    insert into job_change (job_id, status, cause, at) values (1, 'failed', 'so', 5);
    insert into attempt (job_id, number, status, created) values (2, 0, 'running', 0);
    update sqlite_sequence set seq = 41 where name = 'job')sql");
  REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
  db.execute("pragma foreign_keys = on");
  CHECK_FALSE(db.statement("pragma foreign_key_check").run().next());
  CHECK(db.number("select count(*) from event where job_id = 1 and detail = 'so'") == 1);
  db.execute("update job set id = 7 where id = 2");
  CHECK(db.number("select count(*) from attempt where job_id = 7") == 1);
  db.execute("update job set status = 'succeeded' where id = 7");
  add_job(db, "pending");
  CHECK(db.number("select id from newest_job where connection_id = 'c'") == 42);
}
