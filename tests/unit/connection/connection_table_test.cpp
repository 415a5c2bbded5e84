#include "connection/connection_table.h"

#include <catch2/catch.hpp>

#include "connection/destination_table.h"
#include "connection/source_table.h"
#include "database/migrations.h"
#include "definition/definition_table.h"

using namespace wharf;
using namespace wharf::connection;

namespace {
const base::WallTime kNow = base::from_millis(1);

struct Store {
  sqlite::Connection db{":memory:"};
  std::optional<sqlite::Transaction> open;
  Source source;
  Destination destination;
  Connection connection;

  Store() {
    REQUIRE(sqlite::migrate(db, database::migrations()).has_value());
    db.execute("pragma foreign_keys = on");
    open.emplace(db);
    for (const auto& builtin : definition::builtin_definitions())
      definition::definition_table::put(*open, definition::definition_of(builtin));
    const auto* faker = definition::find_builtin("source-faker");
    const auto* jsonl = definition::find_builtin("destination-jsonl");
    source.id = base::SourceId("s");
    source.definition = base::DefinitionId(std::string(faker->id));
    source.name = "users";
    source.config = R"({"count":10})";
    destination.id = base::DestinationId("t");
    destination.definition = base::DefinitionId(std::string(jsonl->id));
    destination.name = "files";
    connection.id = base::ConnectionId("c");
    connection.name = "users-to-files";
    connection.source = source.id;
    connection.destination = destination.id;
    connection.mapping = {protocol::NamespaceMapping::Definition::custom_format,
                          "raw_${SOURCE_NAMESPACE}", "p_"};
    connection.mode = Mode::socket;
    auto& stream = connection.catalog.streams.emplace_back();
    stream.stream.descriptor = {{}, "users"};
    stream.stream.supported_sync_modes = {protocol::SyncMode::full_refresh};
    stream.destination_sync_mode = protocol::DestinationSyncMode::overwrite_dedup;
    source_table::put(*open, source, kNow);
    destination_table::put(*open, destination, kNow);
    connection_table::put(*open, connection, kNow);
  }
};
}  // namespace

TEST_CASE("a connection comes back as it was put") {
  Store store;
  const auto read = connection_table::get(store.db, store.connection.id).value();
  CHECK(read.name == "users-to-files");
  CHECK(read.source == store.source.id);
  CHECK(read.destination == store.destination.id);
  CHECK(read.status == ConnectionStatus::active);
  CHECK(read.mode == Mode::socket);
  CHECK(read.mapping.definition == protocol::NamespaceMapping::Definition::custom_format);
  CHECK(read.mapping.format == "raw_${SOURCE_NAMESPACE}");
  CHECK(read.mapping.prefix == "p_");
  REQUIRE(read.catalog.streams.size() == 1);
  CHECK(read.catalog.streams[0].destination_sync_mode ==
        protocol::DestinationSyncMode::overwrite_dedup);
  CHECK(connection_table::find_by_name(store.db, "users-to-files")->id == read.id);
  CHECK_FALSE(connection_table::find_by_name(store.db, "other").has_value());
}

TEST_CASE("a connection put again keeps what belongs to it") {
  Store store;
  store.db.execute(
      "insert into checkpoint (connection_id, stream, type, body, updated) "
      "values ('c', 'users', 'stream', '{}', 0)");
  store.connection.name = "renamed";
  connection_table::put(*store.open, store.connection, kNow);
  CHECK(connection_table::all(store.db).size() == 1);
  CHECK(store.db.number("select count(*) from checkpoint") == 1);
}

TEST_CASE("a connector's own configuration lies over the declared one until that changes") {
  Store store;
  source_table::overlay(*store.open, store.source.id, R"({"count":10,"token":"new"})", kNow);
  source_table::put(*store.open, store.source, kNow);  // the same declaration again
  REQUIRE(source_table::get(store.db, store.source.id)->overlay.has_value());
  CHECK(source_table::get(store.db, store.source.id)->overlay->config ==
        R"({"count":10,"token":"new"})");
  store.source.config = R"({"count":11})";
  source_table::put(*store.open, store.source, kNow);
  CHECK_FALSE(source_table::get(store.db, store.source.id)->overlay.has_value());
  CHECK(source_table::get(store.db, store.source.id)->config == R"({"count":11})");
}

TEST_CASE("a schedule counts from when it was given, or its connection made active") {
  Store store;
  namespace table = connection_table;
  const auto later = base::from_millis(50);
  const auto last = base::from_millis(70);
  CHECK(table::timing(store.db, store.connection.id)->since == kNow);
  store.connection.name = "renamed";
  table::put(*store.open, store.connection, later);
  CHECK(table::timing(store.db, store.connection.id)->since == kNow);
  store.connection.schedule = R"({"type":"basic","every":"1 hours"})";
  table::put(*store.open, store.connection, later);
  CHECK(table::timing(store.db, store.connection.id)->since == later);
  CHECK(table::timing(store.db, store.connection.id)->schedule == store.connection.schedule);
  table::set_status(*store.open, store.connection.id, ConnectionStatus::inactive, last);
  CHECK(table::timing(store.db, store.connection.id)->since == last);
  CHECK(table::timing(store.db, store.connection.id)->status == ConnectionStatus::inactive);
  CHECK(table::active_declared(store.db).empty());
}

TEST_CASE("the first run of all is the earliest, and what is due is cleared together") {
  Store store;
  namespace table = connection_table;
  CHECK_FALSE(table::first_run(store.db).has_value());
  auto other = store.connection;
  other.id = base::ConnectionId("other");
  other.name = "other";
  table::put(*store.open, other, kNow);
  table::set_next_run(*store.open, store.connection.id, base::from_millis(200));
  table::set_next_run(*store.open, other.id, base::from_millis(100));
  CHECK(table::first_run(store.db) == base::from_millis(100));
  table::clear_due(*store.open, base::from_millis(150));
  CHECK_FALSE(table::next_run(store.db, other.id).has_value());
  CHECK(table::first_run(store.db) == base::from_millis(200));
}

TEST_CASE(
    "a list shows a connection's streams as they were last put, and without their view, too") {
  Store store;
  const auto listed = [&] {
    const auto page = connection_table::page(store.db, 10, 0);
    REQUIRE(page.size() == 1);
    return page[0];
  };
  const std::string before =
      R"([{"name":"users","cursorField":[],"primaryKey":[],"selectedFields":[],"mappers":[],)"
      R"("syncMode":"full_refresh_overwrite_deduped"}])";
  CHECK(listed().streams == before);
  CHECK(listed().name == "users-to-files");
  CHECK(listed().mapping.format == "raw_${SOURCE_NAMESPACE}");

  auto& stream = store.connection.catalog.streams[0];
  stream.stream.descriptor.name_space = "a \"b\"";
  stream.stream.json_schema = R"({"properties":{"id":{},"name":{}}})";
  stream.cursor_field = {"id"};
  stream.primary_key = {{"id"}, {"deep", "key"}};
  store.connection.settings = R"({"chosen_fields":["a \"b\".users"]})";
  connection_table::put(*store.open, store.connection, kNow);
  const std::string after =
      R"([{"name":"users","cursorField":["id"],"primaryKey":[["id"],["deep","key"]],)"
      R"("selectedFields":[{"fieldPath":["id"]},{"fieldPath":["name"]}],"mappers":[],)"
      R"("namespace":"a \"b\"","syncMode":"full_refresh_overwrite_deduped"}])";
  CHECK(listed().streams == after);

  store.db.execute("delete from shown_streams");
  CHECK(listed().streams == after);
  CHECK(connection_table::get_listed(store.db, store.connection.id)->streams == after);
}
