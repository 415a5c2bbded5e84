#include "secret/vault.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/uuid.h"
#include "database/data_directory.h"
#include "database/migrations.h"
#include "secret/rotation.h"
#include "secret/seal.h"
#include "sqlite/statement.h"

using namespace wharf;
using namespace wharf::secret;

namespace {

Key key_of(unsigned char first) {
  Key::Bytes bytes{};
  bytes[0] = first;
  return Key(bytes);
}

struct Place {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("wharf-secret-" + base::random_uuid());
  Place() {
    std::filesystem::create_directory(path);
    ::chmod(path.c_str(), 0700);
  }
  ~Place() { std::filesystem::remove_all(path); }

  std::filesystem::path write(const char* name, const std::string& text, mode_t mode) const {
    const auto file = path / name;
    std::ofstream(file, std::ios::binary) << text;
    ::chmod(file.c_str(), mode);
    return file;
  }
};

struct Store {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  Store() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    open.emplace(db);
  }
};

std::string coordinate_in(sqlite::Connection& db) {
  auto run = db.statement("select coordinate from secret").run();
  REQUIRE(run.next());
  return run.string(0);
}

std::string text_in(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("what is sealed opens with its key at its place and shows nothing") {
  const auto key = key_of(1);
  const auto sealed = seal(key, "s/1", "hunter2");
  CHECK(open(key, "s/1", sealed) == "hunter2");
  CHECK(open(key, "s/2", sealed) == std::nullopt);
  CHECK(open(key_of(2), "s/1", sealed) == std::nullopt);
  const std::string bytes(reinterpret_cast<const char*>(sealed.data()), sealed.size());
  CHECK(bytes.find("hunter") == std::string::npos);
  CHECK(open(key, "s/1", seal(key, "s/1", "")) == "");
}

TEST_CASE("the same secret sealed twice is not the same bytes") {
  const auto key = key_of(1);
  CHECK(seal(key, "s/1", "hunter2") != seal(key, "s/1", "hunter2"));
}

TEST_CASE("a byte that was flipped, or a piece that is gone, opens nothing") {
  const auto key = key_of(1);
  const auto sealed = seal(key, "s/1", "hunter2");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (const auto bit : {std::byte{1}, std::byte{0x80}}) {
      auto broken = sealed;
      broken[i] ^= bit;
      INFO("byte " << i);
      CHECK(open(key, "s/1", broken) == std::nullopt);
    }
    CHECK(open(key, "s/1", std::span(sealed).first(i)) == std::nullopt);
  }
}

TEST_CASE("a row of the vault with any byte of any column flipped is refused") {
  Store store;
  const Vault vault(key_of(1));
  vault.keep(*store.open, "s/1", "hunter2");
  CHECK(vault.reveal(store.db, "s/1").value() == "hunter2");
  auto column_of = [&](const std::string& column) {
    auto run = store.db.statement("select hex(" + column + ") from secret").run();
    REQUIRE(run.next());
    return run.string(0);
  };
  for (const char* name : {"coordinate", "key_id", "sealed"}) {
    const std::string column = name;
    const std::string whole = column_of(column);
    for (std::size_t at = 0; at < whole.size(); at += 2) {
      std::string broken = whole;
      broken[at + 1] = broken[at + 1] == '1' ? '2' : '1';
      const std::string value =
          column == "sealed" ? "x'" + broken + "'" : "cast(x'" + broken + "' as text)";
      store.db.execute("savepoint flip");
      store.db.execute("update secret set " + column + " = " + value);
      const auto coordinate = coordinate_in(store.db);
      INFO(column << ", byte " << at / 2);
      CHECK_FALSE(vault.reveal(store.db, coordinate).has_value());
      store.db.execute("rollback to flip");
      store.db.execute("release flip");
    }
  }
  CHECK(vault.reveal(store.db, "s/1").value() == "hunter2");
}

TEST_CASE("a secret that was moved to another coordinate is refused") {
  Store store;
  const Vault vault(key_of(1));
  vault.keep(*store.open, "s/1", "hunter2");
  vault.keep(*store.open, "t/1", "other");
  store.db.execute(
      "update secret set sealed = (select sealed from secret where coordinate = 's/1') "
      "where coordinate = 't/1'");
  const auto moved = vault.reveal(store.db, "t/1");
  REQUIRE_FALSE(moved.has_value());
  CHECK(moved.error().code == ErrorCode::environment);
  CHECK(moved.error().message.find("hunter") == std::string::npos);
}

TEST_CASE("another key is named, and what is forgotten is gone") {
  Store store;
  const Vault vault(key_of(1));
  vault.keep(*store.open, "s/1", "hunter2");
  vault.keep(*store.open, "s/2", "a");
  vault.keep(*store.open, "s2/1", "b");
  const auto other = Vault(key_of(2)).reveal(store.db, "s/1");
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().message.find(key_of(1).id()) != std::string::npos);
  CHECK(other.error().message.find(key_of(2).id()) != std::string::npos);
  Vault::forget(*store.open, "s/1");
  CHECK(vault.reveal(store.db, "s/1").error().code == ErrorCode::not_found);
  Vault::forget_all_of(*store.open, "s");
  CHECK(store.db.number("select count(*) from secret") == 1);
  CHECK(vault.reveal(store.db, "s2/1").value() == "b");
}

TEST_CASE("a coordinate belongs to whom it begins with") {
  CHECK(Vault::belongs_to(Vault::new_coordinate("s"), "s"));
  CHECK_FALSE(Vault::belongs_to("s2/1", "s"));
  CHECK_FALSE(Vault::belongs_to("s", "s"));
  CHECK(Vault::new_coordinate("s") != Vault::new_coordinate("s"));
}

TEST_CASE("a store without a key gets one that only its owner can read, and keeps it") {
  Place place;
  auto directory = database::DataDirectory::open(place.path / "data").value();
  auto database = database::Database::open(directory).value();
  const KeyPlaces places{{}, {}, directory.path()};
  const auto file = directory.path() / "secret.key";
  auto vault = Vault::open(*database, places).value();
  struct stat found{};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);
  database->write([&](sqlite::Transaction& transaction) { vault->keep(transaction, "s/1", "x"); });
  auto again = Vault::open(*database, places).value();
  CHECK(database->read([&](sqlite::Connection& store) { return again->reveal(store, "s/1"); })
            .value() == "x");

  SECTION("a mode that lets others read is refused by name") {
    for (const mode_t mode : {0640, 0604, 0660, 0666}) {
      ::chmod(file.c_str(), mode);
      const auto refused = Vault::open(*database, places);
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().code == ErrorCode::environment);
      CHECK(refused.error().message.find("chmod 600 " + file.string()) != std::string::npos);
    }
  }
  SECTION("a key that is gone is not made anew while there are secrets") {
    std::filesystem::remove(file);
    const auto refused = Vault::open(*database, places);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find(file.string()) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(file));
  }
  SECTION("another key is refused at once, and neither is shown") {
    const auto own = text_in(file);
    std::ofstream(file) << std::string(64, 'a') << "\n";
    const auto refused = Vault::open(*database, places);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("were encrypted with the key") != std::string::npos);
    CHECK(refused.error().message.find(std::string(64, 'a')) == std::string::npos);
    CHECK(refused.error().message.find(own.substr(0, 64)) == std::string::npos);
  }
}

TEST_CASE("systemd's credential goes before the setting's file, and that before our own") {
  Place place;
  place.write("secret.key", std::string(64, '3'), 0600);
  const auto named = place.write("named.key", std::string(64, '2') + "\n", 0600);
  std::filesystem::create_directory(place.path / "credentials");
  place.write("credentials/wharf.key", std::string(32, '\x11'), 0440);
  const auto id_of = [](const KeyPlaces& places) {
    return find_keys(places).value().keys.front().id();
  };
  const auto filled = [](unsigned char byte) {
    Key::Bytes bytes{};
    bytes.fill(byte);
    return Key(bytes).id();
  };
  CHECK(id_of({place.path / "credentials", named, place.path}) == filled(0x11));
  CHECK(id_of({place.path / "nowhere", named, place.path}) == filled(0x22));
  CHECK(id_of({{}, {}, place.path}) == filled(0x33));
  CHECK(find_keys({{}, {}, place.path / "nowhere"}).value().keys.empty());
  const auto gone = find_keys({{}, place.path / "gone", place.path});
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().message.find("gone") != std::string::npos);
}

TEST_CASE("a file that holds no key is refused by name") {
  Place place;
  for (const auto& text :
       {std::string(), std::string(63, 'a'), std::string(64, 'g'), std::string(33, 'a'),
        std::string(64, 'a') + "\n" + std::string(63, 'b')}) {
    const auto file = place.write("secret.key", text, 0600);
    const auto refused = find_keys({{}, {}, place.path});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find(file.string()) != std::string::npos);
  }
}

namespace {

struct Rotated {
  Place place;
  database::DataDirectory directory = database::DataDirectory::open(place.path / "data").value();
  std::unique_ptr<database::Database> database = database::Database::open(directory).value();
  KeyPlaces places{{}, {}, directory.path()};
  std::filesystem::path own = directory.path() / "secret.key";

  Rotated() { keep(*Vault::open(*database, places).value(), "s/1", "first"); }

  void keep(const Vault& vault, const std::string& coordinate, const std::string& text) {
    database->write(
        [&](sqlite::Transaction& transaction) { vault.keep(transaction, coordinate, text); });
  }
  std::string revealed(const std::string& coordinate) {
    const auto vault = Vault::open(*database, places).value();
    return database
        ->read([&](sqlite::Connection& store) { return vault->reveal(store, coordinate); })
        .value();
  }
  std::vector<std::string> key_ids() {
    return database->read([](sqlite::Connection& store) {
      std::vector<std::string> ids;
      auto run = store.statement("select distinct key_id from secret order by 1").run();
      while (run.next()) ids.push_back(run.string(0));
      return ids;
    });
  }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a rotation seals all secrets with a new key and keeps the former one below it") {
  Rotated store;
  const auto before = find_keys(store.places).value().keys.front().id();
  store.keep(*Vault::open(*store.database, store.places).value(), "s/2", "second");
  const auto done = rotate_key(*store.database, store.places, FormerKeys::kept).value();
  CHECK(done.sealed == 2);
  CHECK(done.unopened == 0);
  CHECK(done.key != before);
  CHECK(done.former == Ids{before});
  CHECK(done.file == store.own);
  CHECK(store.key_ids() == Ids{done.key});
  CHECK(store.revealed("s/1") == "first");
  CHECK(store.revealed("s/2") == "second");
  struct stat found{};
  REQUIRE(::stat(store.own.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);

  const auto again = rotate_key(*store.database, store.places, FormerKeys::kept).value();
  CHECK(again.former == Ids{done.key, before});
  const auto last = rotate_key(*store.database, store.places, FormerKeys::forgotten).value();
  CHECK(last.former.empty());
  CHECK(text_in(store.own).size() == 65);
  CHECK(store.revealed("s/1") == "first");
}

TEST_CASE("between a new key and what it is to seal, secrets of both are there and are renewed") {
  Rotated store;
  auto ring = find_keys(store.places).value();
  ring.keys.insert(ring.keys.begin(), random_key());
  REQUIRE(write_keys(ring.file, ring.keys).has_value());
  const auto vault = Vault::open(*store.database, store.places).value();
  store.keep(*vault, "s/2", "second");
  CHECK(store.key_ids().size() == 2);
  CHECK(store.revealed("s/1") == "first");
  CHECK(store.revealed("s/2") == "second");
  CHECK(vault->renew(*store.database).sealed == 1);
  CHECK(store.key_ids() == Ids{ring.keys.front().id()});
  CHECK(vault->renew(*store.database).sealed == 0);
  CHECK(store.revealed("s/1") == "first");
}

TEST_CASE("a secret that other hands have changed stays as it was, and so does what opens it") {
  Rotated store;
  store.keep(*Vault::open(*store.database, store.places).value(), "s/2", "second");
  store.database->write([](sqlite::Transaction& transaction) {
    transaction.connection().execute("update secret set sealed = x'01' where coordinate = 's/2'");
  });
  const auto done = rotate_key(*store.database, store.places, FormerKeys::forgotten).value();
  CHECK(done.sealed == 1);
  CHECK(done.unopened == 1);
  CHECK(done.former.size() == 1);
  CHECK(store.revealed("s/1") == "first");
}

TEST_CASE("a key file that is not ours is not written: its first line seals") {
  Rotated store;
  const auto former = text_in(store.own);
  std::filesystem::remove(store.own);
  store.places.key_file = store.place.write("named.key", former, 0600);
  const auto refused = rotate_key(*store.database, store.places, FormerKeys::kept);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message.find(store.places.key_file.string()) != std::string::npos);
  CHECK(refused.error().message.find("openssl rand -hex 32") != std::string::npos);

  const auto text = std::string(64, 'a') + "\r\n\n" + former;
  store.place.write("named.key", text, 0600);
  const auto done = rotate_key(*store.database, store.places, FormerKeys::forgotten).value();
  CHECK(done.sealed == 1);
  CHECK(done.former.size() == 1);
  CHECK(text_in(store.places.key_file) == text);
  store.place.write("named.key", std::string(64, 'a') + "\n", 0600);
  CHECK(store.revealed("s/1") == "first");
  CHECK_FALSE(std::filesystem::exists(store.own));
}
