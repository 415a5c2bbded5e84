#include "chores/backup.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

#include "database/database.h"
#include "sqlite/statement.h"

using namespace wharf;
using namespace wharf::chores;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const base::WallTime kNow = base::from_millis(1'763'877'342'000);  // 2025-11-23T05:55:42Z

struct Place {
  fs::path path;
  Place() {
    char name[] = "/tmp/wharf-backup-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Place() { fs::remove_all(path); }

  // A data directory whose store says one thing about itself.
  fs::path store_saying(const std::string& name, const std::string& word) const {
    const auto directory = database::DataDirectory::open(path / name).value();
    const auto database = database::Database::open(directory).value();
    database->write([&](sqlite::Transaction& transaction) {
      transaction.statement("insert or replace into meta values ('word', ?)").execute(word);
    });
    return path / name;
  }
  static std::string word_of(const fs::path& data) {
    const auto directory = database::DataDirectory::open(data).value();
    const auto database = database::Database::open(directory).value();
    return database->read([](sqlite::Connection& store) {
      auto run = store.statement("select value from meta where key = 'word'").run();
      return run.next() ? run.string(0) : std::string();
    });
  }
};

}  // namespace

TEST_CASE("a backup's name says when it was made, and sorts by that") {
  CHECK(backup_name(kNow) == "wharf-20251123T055542Z.db");
  CHECK(backup_time("wharf-20251123T055542Z.db") == kNow);
  for (const auto* other : {"wharf.db", "wharf-20251323T055542Z.db",
                            "wharf-20251123T055542Z.db.tmp", ".download-wharf-20251123T05", ""}) {
    INFO(other);
    CHECK_FALSE(backup_time(other));
  }
}

TEST_CASE("a backup is due when there is none of the last interval, whatever the clock has done") {
  const BackupPlan daily{24h, 7};
  CHECK(backup_due({}, daily, kNow));
  CHECK_FALSE(backup_due({kNow - 23h}, daily, kNow));
  CHECK(backup_due({kNow - 24h, kNow - 48h}, daily, kNow));
  CHECK_FALSE(backup_due({kNow + 1h}, daily, kNow));  // set back an hour: no second one
  CHECK(backup_due({kNow + 240h}, daily, kNow));      // set back by days: not none for days
  CHECK_FALSE(backup_due({}, {0h, 7}, kNow));
}

TEST_CASE("the newest backups are kept") {
  CHECK(backups_to_remove({"b", "d", "a", "c"}, 2) == std::vector<std::string>{"b", "a"});
  CHECK(backups_to_remove({"b", "a"}, 2).empty());
}

TEST_CASE("a backup of a store in use is private, whole, and restores what it was") {
  Place place;
  const auto data = place.store_saying("data", "first");
  const auto copy = place.path / "copy.db";
  {
    const auto directory = database::DataDirectory::open(data).value();
    const auto database = database::Database::open(directory).value();
    REQUIRE(write_backup(directory.database_file(), copy).has_value());
    struct stat status{};
    REQUIRE(::stat(copy.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK_FALSE(fs::exists(copy.string() + ".tmp"));
    database->write([](sqlite::Transaction& transaction) {
      transaction.statement("update meta set value = 'second' where key = 'word'").execute();
    });
  }
  CHECK(Place::word_of(data) == "second");
  std::ofstream(data / "logs" / "of-later") << "x";
  {
    const auto directory = database::DataDirectory::open(data).value();
    REQUIRE(restore_backup(directory, copy).has_value());
  }
  CHECK(Place::word_of(data) == "first");
  CHECK(fs::exists(data / "wharf.db.replaced"));
  CHECK(fs::exists(data / "logs.replaced" / "of-later"));
  CHECK(fs::is_empty(data / "logs"));
}

TEST_CASE("a write-ahead log that was left behind does not find its way into a restored store") {
  Place place;
  const auto data = place.store_saying("data", "first");
  const auto copy = place.path / "copy.db";
  REQUIRE(write_backup(data / "wharf.db", copy).has_value());
  {
    // As a crash leaves it: committed, in the log only.
    sqlite::Connection store((data / "wharf.db").string());
    store.execute("pragma wal_autocheckpoint = 0; update meta set value = 'second'");
    REQUIRE(fs::file_size(data / "wharf.db-wal") > 0);
    fs::copy_file(data / "wharf.db-wal", place.path / "wal");
  }
  fs::rename(place.path / "wal", data / "wharf.db-wal");
  {
    const auto directory = database::DataDirectory::open(data).value();
    REQUIRE(restore_backup(directory, copy).has_value());
  }
  CHECK(Place::word_of(data) == "first");
}

TEST_CASE("what is no backup, is damaged or comes from a newer version is refused by name") {
  Place place;
  const auto data = place.store_saying("data", "kept");
  const auto directory = database::DataDirectory::open(data).value();
  const auto refused = [&](const fs::path& file, const std::string& why) {
    INFO(file.string());
    const auto restored = restore_backup(directory, file);
    REQUIRE_FALSE(restored.has_value());
    CHECK(restored.error().code == ErrorCode::invalid_argument);
    CHECK_THAT(restored.error().message, Catch::Contains(why));
  };
  refused(place.path / "nothing.db", "there is no such file");
  std::ofstream(place.path / "text.db") << std::string(5000, 'x');
  refused(place.path / "text.db", "not a database");
  {
    sqlite::Connection((place.path / "other.db").string()).execute("create table t (x)");
  }
  refused(place.path / "other.db", "no backup of Wharf");
  REQUIRE(write_backup(directory.database_file(), place.path / "newer.db").has_value());
  {
    sqlite::Connection((place.path / "newer.db").string()).execute("pragma user_version = 999");
  }
  refused(place.path / "newer.db", "newer version");
  REQUIRE(write_backup(directory.database_file(), place.path / "cut.db").has_value());
  fs::resize_file(place.path / "cut.db", fs::file_size(place.path / "cut.db") - 20000);
  refused(place.path / "cut.db", "");
  CHECK_FALSE(fs::exists(data / "wharf.db.restoring"));
}

TEST_CASE("the keeper makes one backup a day and keeps so many") {
  Place place;
  const auto data = place.store_saying("data", "kept");
  struct Hand final : base::Clock {
    base::WallTime now = kNow;
    base::WallTime wall() const override { return now; }
    base::SteadyTime steady() const override { return {}; }
  } clock;
  base::Log log(clock, base::LogLevel::error);
  BackupKeeper keeper(data / "wharf.db", data / "backups", clock, log, {24h, 2});
  for (int i = 0; i < 100; ++i) {
    keeper.keep();
    clock.now += 1h;
  }
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(data / "backups")) {
    names.insert(entry.path().filename().string());
  }
  CHECK(names == std::set<std::string>{backup_name(kNow + 72h), backup_name(kNow + 96h)});
  CHECK(BackupKeeper::newest(data / "backups") == kNow + 96h);
}

TEST_CASE(
    "a store whose index has lost a row is not backed up, and the copies that are there stay") {
  Place place;
  const auto data = place.store_saying("data", "kept");
  const base::SystemClock clock;
  base::Log log(clock, base::LogLevel::error);
  BackupKeeper keeper(data / "wharf.db", data / "backups", clock, log, {1ms, 1});
  keeper.keep();
  const auto copies = [&] {
    std::set<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(data / "backups")) paths.insert(entry.path());
    return paths;
  };
  const auto before = copies();
  REQUIRE(before.size() == 1);
  {  // The index is taken out of sight while a row is written.
    sqlite::Connection store((data / "wharf.db").string());
    store.execute(
        "create table hidden as select * from sqlite_master where name = 'event_at';"
        "pragma writable_schema = on;"
        "delete from sqlite_master where name = 'event_at';"
        "pragma writable_schema = reset");
    store.execute("insert into event (kind, detail, at) values ('given_up', 'x', 1)");
    store.execute(
        "pragma writable_schema = on;"
        "insert into sqlite_master select * from hidden;"
        "pragma writable_schema = reset");
  }
  try {
    keeper.keep();
    FAIL("it was copied");
  } catch (const Failure& failure) {
    CHECK(failure.error().code == ErrorCode::environment);
    CHECK(failure.error().message.find("missing from index") != std::string::npos);
    CHECK(failure.error().message.find("wharf restore") != std::string::npos);
  }
  CHECK(copies() == before);
}
