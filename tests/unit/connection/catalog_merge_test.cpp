#include "connection/catalog_merge.h"
#include "connection/catalog_check.h"

#include <catch2/catch.hpp>

using namespace wharf;
using connection::StreamChoice;
using protocol::DestinationSyncMode;
using protocol::SyncMode;

namespace {

const std::vector<DestinationSyncMode> kAll = {
    DestinationSyncMode::append, DestinationSyncMode::overwrite, DestinationSyncMode::append_dedup};
const std::vector<DestinationSyncMode> kFiles = {DestinationSyncMode::append,
                                                 DestinationSyncMode::overwrite};

protocol::Stream stream(const std::string& name) {
  protocol::Stream made;
  made.descriptor.name = name;
  made.json_schema =
      R"({"type":"object","properties":{"z":{"type":"string"},"id":{"type":"integer"},"t":{"type":"string"}}})";
  made.supported_sync_modes = {SyncMode::full_refresh, SyncMode::incremental};
  return made;
}

StreamChoice choice(const std::string& name, const std::string& mode) {
  StreamChoice made;
  made.name = name;
  made.sync_mode = mode;
  return made;
}

}  // namespace

TEST_CASE("without choices every stream comes in its best mode") {
  protocol::Catalog catalog;
  catalog.streams = {stream("plain"), stream("keyed")};
  catalog.streams[1].source_defined_cursor = true;
  catalog.streams[1].default_cursor_field = {"t"};
  catalog.streams[1].source_defined_primary_key = {{"id"}};
  auto merged = connection::merge_catalog(catalog, {}, kAll);
  REQUIRE(merged.problems.empty());
  REQUIRE(merged.catalog.streams.size() == 2);
  CHECK(merged.catalog.streams[0].destination_sync_mode == DestinationSyncMode::overwrite);
  CHECK(merged.catalog.streams[1].destination_sync_mode == DestinationSyncMode::append_dedup);
  CHECK(merged.catalog.streams[1].cursor_field == protocol::FieldPath{"t"});
  CHECK(connection::best_mode(catalog.streams[1], kFiles) == "full_refresh_overwrite");
}

TEST_CASE("what cannot be had is said of the choice that wants it") {
  protocol::Catalog catalog;
  catalog.streams = {stream("orders")};
  const StreamChoice choices[] = {choice("order", ""),
                                  choice("orders", "incremental_deduped_history")};
  auto merged = connection::merge_catalog(catalog, choices, kAll);
  REQUIRE(merged.problems.size() == 3);
  CHECK(merged.problems[0].choice == 0);
  CHECK(merged.problems[0].message == "the source has no stream 'order' (did you mean 'orders'?)");
  CHECK(merged.problems[1].message.find("needs a cursor_field") != std::string::npos);
  CHECK(merged.problems[2].message.find("needs a primary_key") != std::string::npos);
  const StreamChoice dedup[] = {choice("orders", "incremental_deduped_history")};
  CHECK(connection::merge_catalog(catalog, dedup, kFiles)
            .problems.front()
            .message.find("is not to be had here") != std::string::npos);
}

TEST_CASE("chosen fields keep their order in the schema, and must hold cursor and key") {
  protocol::Catalog catalog;
  catalog.streams = {stream("orders")};
  StreamChoice wanted = choice("orders", "incremental_append");
  wanted.cursor_field = {"t"};
  wanted.selected_fields = {"t", "z"};
  auto merged = connection::merge_catalog(catalog, std::span(&wanted, 1), kAll);
  REQUIRE(merged.problems.empty());
  CHECK(merged.catalog.streams[0].stream.json_schema ==
        R"({"type":"object","properties":{"z":{"type":"string"},"t":{"type":"string"}}})");
  wanted.selected_fields = {"z"};
  merged = connection::merge_catalog(catalog, std::span(&wanted, 1), kAll);
  CHECK(merged.problems.front().message.find("must include the cursor 't'") != std::string::npos);
}

TEST_CASE("whose fields were chosen is remembered, of streams that nobody named as well") {
  protocol::Catalog catalog;
  catalog.streams = {stream("a"), stream("b"), stream("c")};
  auto every = choice("*", "full_refresh_append");
  every.selected_fields = {"id"};
  const std::vector<StreamChoice> choices = {every, choice("b", "full_refresh_append")};
  const auto merged = merge_catalog(catalog, choices, kAll);
  REQUIRE(merged.problems.empty());
  CHECK(connection::settings_of(choices, merged.catalog) ==
        R"({"chosen_fields":["a","c"],"field_order":{"a":["id"],"c":["id"]}})");
}

TEST_CASE("a name that stands in several namespaces is no choice until one is named") {
  protocol::Catalog catalog;
  catalog.streams = {stream("orders"), stream("orders")};
  catalog.streams[0].descriptor.name_space = "here";
  catalog.streams[1].descriptor.name_space = "there";
  auto wanted = choice("orders", "full_refresh_append");
  auto merged = connection::merge_catalog(catalog, std::span(&wanted, 1), kAll);
  REQUIRE(merged.problems.size() == 1);
  CHECK(merged.problems[0].message ==
        "'orders' stands in several namespaces: name one with namespace:");
  wanted.name_space = "there";
  merged = connection::merge_catalog(catalog, std::span(&wanted, 1), kAll);
  REQUIRE(merged.problems.empty());
  REQUIRE(merged.catalog.streams.size() == 1);
  CHECK(merged.catalog.streams[0].stream.descriptor.name_space == "there");
}

TEST_CASE("a key names columns that are there, each once") {
  protocol::Catalog catalog;
  catalog.streams = {stream("orders")};
  auto wanted = choice("orders", "incremental_deduped_history");
  wanted.cursor_field = {"t"};
  const auto problems = [&](std::vector<protocol::FieldPath> key) {
    wanted.primary_key = std::move(key);
    std::vector<std::string> said;
    for (auto& each : connection::merge_catalog(catalog, std::span(&wanted, 1), kAll).problems) {
      said.push_back(std::move(each.message));
    }
    return said;
  };
  CHECK(problems({{"id"}, {"z"}}).empty());
  CHECK(problems({{"id"}, {"z"}, {"id"}}) ==
        std::vector<std::string>{"stream 'orders': primary_key names a column twice"});
  CHECK(problems({{"ido"}}) ==
        std::vector<std::string>{"stream 'orders': primary_key names 'ido', which is no field of "
                                 "it (did you mean 'id'?)"});
  CHECK(problems({}) == std::vector<std::string>{"stream 'orders': incremental_deduped_history "
                                                 "needs a primary_key"});
}
