#include "connectors/destination_sqlite/destination_sqlite.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "desk.h"

using namespace desk;
using nlohmann::json;

TEST_CASE("the specification is JSON Schema, and lists the modes") {
  const auto spec = wharf::connectors::make_destination_sqlite()->spec();
  const auto schema = json::parse(spec.connection_specification);
  CHECK(schema["properties"].contains("destination_path"));
  CHECK(schema["properties"]["journal_mode"]["default"] == "wal");
  CHECK(spec.supported_destination_sync_modes.size() == 3);
}

TEST_CASE("check tries what a write needs, and leaves nothing behind") {
  Directory directory;
  auto destination = wharf::connectors::make_destination_sqlite();
  const auto check = [&](const std::string& path) {
    return destination->check(json{{"destination_path", path}});
  };
  CHECK(check(directory.database().string()).succeeded);
  CHECK_FALSE(fs::exists(directory.database()));
  CHECK(check((directory.path() / "made" / "here" / "x.db").string()).succeeded);
  CHECK_FALSE(check("relative.db").succeeded);
  CHECK_FALSE(check("/local/../etc/x.db").succeeded);
  CHECK_FALSE(check(directory.path().string()).succeeded);
  CHECK_FALSE(check("/proc/x.db").succeeded);
  CHECK_FALSE(destination->check(json{{"destination_path", 5}}).succeeded);
  CHECK_FALSE(destination->check(json{{"destination_path", "/tmp/x.db"}, {"journal_mode", "off"}})
                  .succeeded);
}

TEST_CASE("a file that is no database is refused by name and left as it is") {
  Directory directory;
  const auto path = directory.path() / "letter.txt";
  {
    std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "w"), fclose);
    for (int i = 0; i < 200; ++i) fputs("Dear reader, this is no database at all.\n", file.get());
  }
  const auto size = fs::file_size(path);
  auto destination = wharf::connectors::make_destination_sqlite();
  const auto status = destination->check(json{{"destination_path", path.string()}});
  CHECK_FALSE(status.succeeded);
  CHECK(status.message.find("not an SQLite database") != std::string::npos);
  CHECK(fs::file_size(path) == size);
}

TEST_CASE("journal modes are as configured") {
  Directory directory;
  auto destination = wharf::connectors::make_destination_sqlite();
  const auto mode = GENERATE(std::string("wal"), std::string("delete"), std::string("truncate"));
  const auto orders = stream(kAppend);
  auto writer = destination->open(
      json{{"destination_path", directory.database().string()}, {"journal_mode", mode}},
      request({orders}));
  writer->append(0, batch(orders, {{1, "a", 1}}));
  writer->commit(commit_of(0, "1"));
  CHECK(rows_of(directory.database()) == std::vector<std::string>{"1|a|1"});
  CHECK(fs::exists(directory.database().string() + "-wal") == (mode == "wal"));
}
