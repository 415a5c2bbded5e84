#include <wharf/protocol/catalog.h>
#include <wharf/protocol/spec.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using namespace wharf::protocol;

namespace {

std::string error(std::string_view json) {
  const auto catalog = parse_configured_catalog(json);
  return catalog ? "none" : catalog.error().message;
}

}  // namespace

TEST_CASE("a schema keeps its text and the order of its keys") {
  const std::string json =
      R"({"streams":[{"name":"s","json_schema":{"z": {}, "type":"object","a":9223372036854775809},"supported_sync_modes":["full_refresh","incremental"],"source_defined_cursor":true,"default_cursor_field":["at"],"source_defined_primary_key":[["id"],["a","b"]],"is_resumable":true,"is_file_based":true,"new":{"x":1}}],"more":[1]})";
  const auto catalog = parse_catalog(json);
  REQUIRE(catalog.has_value());
  CHECK(to_json(*catalog) == json);
}

TEST_CASE("a configured catalog keeps what we do not know") {
  const std::string json =
      R"({"streams":[{"stream":{"name":"s","namespace":"n","json_schema":{},"supported_sync_modes":["incremental"]},"sync_mode":"incremental","destination_sync_mode":"append_dedup","cursor_field":["at"],"primary_key":[["id"]],"generation_id":4,"minimum_generation_id":0,"sync_id":12,"destination_object_name":"o","include_files":false}]})";
  const auto catalog = parse_configured_catalog(json);
  REQUIRE(catalog.has_value());
  CHECK(to_json(*catalog) == json);
  REQUIRE(catalog->find({"n", "s"}) == catalog->streams.data());
  CHECK(catalog->find({std::nullopt, "s"}) == nullptr);
}

TEST_CASE("what older sources leave out or write shorter is read") {
  const auto catalog = parse_configured_catalog(
      R"({"streams":[{"stream":{"name":"s","namespace":null,"json_schema":null,"supported_sync_modes":null,"default_cursor_field":null,"source_defined_primary_key":["id"],"supported":true},"sync_mode":"incremental","destination_sync_mode":"append","cursor_field":"at","primary_key":null,"generation_id":null}]})");
  REQUIRE(catalog.has_value());
  const ConfiguredStream& stream = catalog->streams.front();
  CHECK(stream.cursor_field == FieldPath{"at"});
  CHECK(stream.stream.source_defined_primary_key == std::vector<FieldPath>{{"id"}});
  CHECK(stream.stream.json_schema == "{}");
  CHECK_FALSE(stream.generation_id);
}

TEST_CASE("a wrong catalog is named by its place") {
  CHECK(error("{}") == "/streams is missing");
  CHECK(error(R"({"streams":{}})") == "/streams: must be an array, is an object");
  CHECK(error(R"({"streams":[{}]})") == "/streams/0/stream is missing");
  CHECK(error(R"({"streams":[{"stream":{"json_schema":{}}}]})") ==
        "/streams/0/stream/name is missing");
  CHECK(error(R"({"streams":[{"stream":{"name":"s"},"sync_mode":"sometimes"}]})") ==
        "/streams/0/sync_mode: 'sometimes' is no sync mode");
  CHECK(error(R"({"streams":[{"stream":{"name":"s","json_schema":[]}}]})") ==
        "/streams/0/stream/json_schema: must be an object, is an array");
  CHECK(error(R"({"streams":[{"stream":{"name":"s"},"primary_key":[["id",7]]}]})") ==
        "/streams/0/primary_key/0/1: must be a string, is a number");
  CHECK(error("{") == "the JSON is cut short at byte 1");
}

TEST_CASE("the source's own cursor comes before the chosen one, the default last") {
  ConfiguredStream stream;
  CHECK(stream.cursor().empty());
  stream.stream.default_cursor_field = {"default"};
  CHECK(stream.cursor() == FieldPath{"default"});
  stream.cursor_field = {"chosen"};
  CHECK(stream.cursor() == FieldPath{"chosen"});
  stream.stream.source_defined_cursor = true;
  CHECK(stream.cursor() == FieldPath{"default"});
  stream.stream.default_cursor_field.clear();
  CHECK(stream.cursor() == FieldPath{"chosen"});
}

TEST_CASE("a null namespace and an empty one are the same stream") {
  const StreamDescriptor null{std::nullopt, "s"};
  const StreamDescriptor empty{"", "s"};
  CHECK(null == empty);
  CHECK_FALSE(null < empty);
  CHECK(to_string(empty) == "s");
  CHECK(to_string({"public", "orders"}) == "public.orders");
}

TEST_CASE("every sync mode is known by its name") {
  for (const auto mode : {SyncMode::full_refresh, SyncMode::incremental}) {
    CHECK(sync_mode_from(name_of(mode)) == mode);
  }
  for (const auto mode : {DestinationSyncMode::append, DestinationSyncMode::overwrite,
                          DestinationSyncMode::append_dedup, DestinationSyncMode::overwrite_dedup,
                          DestinationSyncMode::update, DestinationSyncMode::soft_delete}) {
    CHECK(destination_sync_mode_from(name_of(mode)) == mode);
  }
  CHECK_FALSE(sync_mode_from("append"));
  CHECK_FALSE(destination_sync_mode_from(""));
}

TEST_CASE("a specification keeps its schema and what we do not know") {
  const std::string json =
      R"({"documentationUrl":"https://d","changelogUrl":"https://c","connectionSpecification":{"z":1, "a":1.0},"protocol_version":"0.2.0","supportsIncremental":true,"supported_destination_sync_modes":["append","overwrite"],"supportsDBT":false,"advanced_auth":{"auth_flow_type":"oauth2.0"}})";
  const auto spec = parse_spec(json);
  REQUIRE(spec.has_value());
  CHECK(to_json(*spec) == json);
  CHECK(parse_spec("{}").error().message == "/connectionSpecification is missing");
}
