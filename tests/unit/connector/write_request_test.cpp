#include "connector/write_request.h"

#include <catch2/catch.hpp>

#include "../../fakes/memory_connectors.h"

namespace wharf::connector {
namespace {

using protocol::DestinationSyncMode;
using protocol::SyncMode;

struct Wish {
  SyncMode mode = SyncMode::full_refresh;
  DestinationSyncMode destination = DestinationSyncMode::append;
  std::string public_name;
  std::int64_t generation = 3;
  std::int64_t minimum = 0;
  bool resumable = false;
};

WriteStream made(const Wish& wish) {
  protocol::ConfiguredCatalog catalog;
  catalog.streams.push_back(fakes::stream_named("a", wish.mode));
  catalog.streams[0].destination_sync_mode = wish.destination;
  catalog.streams[0].primary_key = {{"id"}};
  Surroundings around;
  around.context =
      protocol::Context{.connection = "c", .job = 12, .attempt = 1, .epoch = 4, .streams = {}};
  around.context->streams.push_back({.descriptor = {{}, "a"},
                                     .mode = wish.public_name,
                                     .generation = wish.generation,
                                     .minimum_generation = wish.minimum,
                                     .epoch = 2,
                                     .resumable = wish.resumable});
  auto request = make_write_request(catalog, around);
  REQUIRE(request.has_value());
  CHECK(request->job == 12);
  CHECK(request->global_epoch == 4);
  return request->streams[0];
}

TEST_CASE("rows go where the table of sync-semantics 2.5 says") {
  auto incremental = made({.mode = SyncMode::incremental, .public_name = "incremental_append"});
  CHECK_FALSE(incremental.staged);
  CHECK(incremental.epoch == 2);
  CHECK(incremental.sync_id == 12);
  CHECK(made({.public_name = "full_refresh_append"}).staged);
  CHECK_FALSE(made({.public_name = "full_refresh_append", .resumable = true}).staged);
  auto merged = made({.mode = SyncMode::incremental,
                      .destination = DestinationSyncMode::append_dedup,
                      .public_name = "incremental_deduped_history"});
  CHECK(merged.dedup);
  CHECK_FALSE(merged.staged);
  CHECK(merged.primary_key == std::vector<std::string>{"id"});
  auto overwritten = made({.public_name = "full_refresh_overwrite", .minimum = 3});
  CHECK(overwritten.staged);
  CHECK(overwritten.truncate);
  CHECK_FALSE(overwritten.dedup);
  auto both = made({.destination = DestinationSyncMode::append_dedup,
                    .public_name = "full_refresh_overwrite_deduped",
                    .minimum = 3,
                    .resumable = true});
  CHECK(both.staged);
  CHECK(both.truncate);
  CHECK(both.dedup);
}

TEST_CASE("without a context the catalog speaks, and plain overwrite replaces") {
  protocol::ConfiguredCatalog catalog;
  catalog.streams.push_back(fakes::stream_named("a", SyncMode::full_refresh));
  catalog.streams[0].destination_sync_mode = DestinationSyncMode::overwrite;
  auto plain = make_write_request(catalog, {});
  REQUIRE(plain.has_value());
  CHECK(plain->connection.empty());
  CHECK_FALSE(plain->job);
  CHECK(plain->streams[0].generation == 0);
  CHECK(plain->streams[0].truncate);
  CHECK(plain->streams[0].staged);

  catalog.streams[0].destination_sync_mode = DestinationSyncMode::append;
  catalog.streams[0].generation_id = 5;
  catalog.streams[0].minimum_generation_id = 5;
  catalog.streams[0].sync_id = 9;
  auto counted = make_write_request(catalog, {});
  REQUIRE(counted.has_value());
  CHECK(counted->streams[0].generation == 5);
  CHECK(counted->streams[0].truncate);
  CHECK(counted->streams[0].sync_id == 9);
}

TEST_CASE("what cannot be written as asked is a wrong configuration, by name") {
  auto refused = [](auto&& change) {
    protocol::ConfiguredCatalog catalog;
    catalog.streams.push_back(fakes::stream_named("a"));
    Surroundings around;
    change(catalog, around);
    auto request = make_write_request(catalog, around);
    REQUIRE_FALSE(request.has_value());
    CHECK(request.error().code == ErrorCode::invalid_config);
    return request.error().message;
  };
  CHECK(refused([](auto& catalog, auto&) {
          catalog.streams[0].generation_id = 5;
          catalog.streams[0].minimum_generation_id = 3;
        }).find("minimum generation 3") != std::string::npos);
  CHECK(refused([](auto& catalog, auto&) {
          catalog.streams[0].destination_sync_mode = DestinationSyncMode::append_dedup;
        }).find("no primary key") != std::string::npos);
  CHECK(refused([](auto& catalog, auto&) {
          catalog.streams[0].destination_sync_mode = DestinationSyncMode::append_dedup;
          catalog.streams[0].primary_key = {{"nothing"}};
        }).find("'nothing'") != std::string::npos);
  CHECK(refused([](auto& catalog, auto&) {
          catalog.streams[0].destination_sync_mode = DestinationSyncMode::update;
        }).find("'update'") != std::string::npos);
  CHECK(refused([](auto& catalog, auto& around) {
          catalog.streams.push_back(fakes::stream_named("a"));
          catalog.streams[1].stream.descriptor.name_space = "other";
          around.mapping = protocol::NamespaceMapping{
              .definition = protocol::NamespaceMapping::Definition::destination,
              .format = {},
              .prefix = "x_"};
        }).find("same target x_a") != std::string::npos);
}

TEST_CASE("namespaces and prefixes are mapped as Airbyte maps them") {
  protocol::NamespaceMapping mapping;
  protocol::StreamDescriptor orders{"sales", "orders"};
  CHECK(mapping.is_identity());
  CHECK(mapping.map(orders) == orders);
  auto custom = protocol::parse_namespace_mapping(
      R"({"namespaceDefinitionType":"customformat","namespaceFormat":"raw_${SOURCE_NAMESPACE}","streamPrefix":"p_"})");
  REQUIRE(custom.has_value());
  CHECK(custom->map(orders) == protocol::StreamDescriptor{"raw_sales", "p_orders"});
  auto again = protocol::parse_namespace_mapping(protocol::to_json(*custom));
  REQUIRE(again.has_value());
  CHECK(again->format == "raw_${SOURCE_NAMESPACE}");
  custom->format = "${SOURCE_NAMESPACE}";
  CHECK_FALSE(custom->map({{}, "orders"}).name_space);
  CHECK(protocol::parse_namespace_mapping(R"({"namespaceDefinitionType":"else"})").has_error());
}

TEST_CASE("a context comes back as it was written, unknown members ignored") {
  protocol::Context context{
      .connection = "u", .job = 12, .attempt = 2, .epoch = 3, .line_limit = 99, .streams = {}};
  context.streams.push_back({.descriptor = {{}, "orders"},
                             .mode = "incremental_append",
                             .generation = 4,
                             .minimum_generation = 0,
                             .epoch = 5,
                             .resumable = true});
  auto read = protocol::parse_context(protocol::to_json(context));
  REQUIRE(read.has_value());
  CHECK(read->job == 12);
  CHECK(read->line_limit == 99);
  const auto* stream = read->find({{}, "orders"});
  REQUIRE(stream != nullptr);
  CHECK(stream->epoch == 5);
  CHECK(stream->resumable);
  CHECK(protocol::parse_context(
            R"({"version":1,"connection":"u","job":1,"attempt":0,"streams":[],"new":{}})")
            .has_value());
  CHECK(protocol::parse_context(R"({"connection":"u"})").has_error());
}

}  // namespace
}  // namespace wharf::connector
