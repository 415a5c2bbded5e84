#include "connectors/source_faker/source_faker.h"

#include <wharf/record/text_form.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

using namespace wharf;
using nlohmann::ordered_json;

namespace {

constexpr std::int64_t kNow = 1'795'363'707'000;

protocol::ConfiguredStream configured(const std::string& name, protocol::SyncMode mode) {
  auto source = connectors::make_source_faker();
  for (auto& stream : source->discover({}).value().streams) {
    if (stream.descriptor.name != name) continue;
    protocol::ConfiguredStream chosen;
    chosen.stream = stream;
    chosen.sync_mode = mode;
    return chosen;
  }
  throw std::runtime_error("no stream " + name);
}

struct Reading {
  std::string stream = "users";
  nlohmann::json config = {{"count", 250}, {"seed", 7}, {"records_per_slice", 30}};
  protocol::SyncMode mode = protocol::SyncMode::full_refresh;
  std::optional<std::string> state;
  std::int64_t emitted_at = kNow;
  std::vector<std::string> fields;  // none: all
};

std::shared_ptr<const record::Schema> schema_of(const Reading& reading) {
  auto stream = configured(reading.stream, reading.mode).stream;
  auto all = record::Schema::from_json_schema(stream.json_schema).value();
  std::vector<record::Column> columns;
  for (auto column : all.declared()) {
    bool wanted = reading.fields.empty() ||
                  std::ranges::find(reading.fields, all[column].name) != reading.fields.end();
    if (wanted) columns.push_back(all[column]);
  }
  return std::make_shared<record::Schema>(columns);
}

std::unique_ptr<connector::StreamReader> open(const Reading& reading) {
  connector::StreamRequest request;
  request.stream = configured(reading.stream, reading.mode);
  request.schema = schema_of(reading);
  request.state = reading.state;
  request.emitted_at = reading.emitted_at;
  return connectors::make_source_faker()->open(reading.config, std::move(request));
}

std::string line(const record::RecordBatch& batch, std::size_t row) {
  record::Buffer out;
  for (auto column : batch.schema().declared()) {
    out.append(batch.schema()[column].name);
    out.append('=');
    record::append_json(out, batch.row(row)[column]);
    out.append(' ');
  }
  return std::string(out.view());
}

struct Read {
  std::vector<std::string> rows;
  std::vector<std::string> states;  // one after each batch
  std::vector<std::size_t> rows_at_state;
};

Read read(const Reading& reading, std::size_t most_batches = 1 << 20) {
  Read read;
  auto stream = open(reading);
  record::RecordBatch batch(schema_of(reading));
  while (auto partition = stream->next_partition()) {
    for (bool more = true; more;) {
      batch.clear();
      more = partition->fill(batch);
      for (std::size_t row = 0; row < batch.size(); ++row) read.rows.push_back(line(batch, row));
      read.states.push_back(partition->state().value());
      read.rows_at_state.push_back(read.rows.size());
      if (read.states.size() >= most_batches) return read;
    }
  }
  return read;
}

/// Every type by the name that faker_streams.json has for it.
ordered_json types_of(const ordered_json& properties) {
  ordered_json types;
  for (const auto& [name, property] : properties.items()) {
    std::string type = property["type"].is_array() ? property["type"].back() : property["type"];
    types[name] = property.contains("airbyte_type") ? property["airbyte_type"] : ordered_json(type);
    if (type == "object") types[name] = types_of(property["properties"]);
  }
  return types;
}

}  // namespace

TEST_CASE("discover gives the streams, fields, types, keys and cursors of the real connector") {
  std::ifstream file(std::string(TEST_DATA) + "/faker_streams.json");
  auto real = ordered_json::parse(file);
  auto catalog = connectors::make_source_faker()->discover({}).value();
  REQUIRE(catalog.streams.size() == real.size());
  for (const auto& stream : catalog.streams) {
    INFO(stream.descriptor.name);
    auto properties = ordered_json::parse(stream.json_schema)["properties"];
    const auto& theirs = real.at(stream.descriptor.name);
    CHECK(types_of(properties).dump() == theirs["fields"].dump());
    CHECK(ordered_json(stream.default_cursor_field) == theirs["cursor"]);
    CHECK(ordered_json(stream.source_defined_primary_key) == theirs["key"]);
    CHECK(stream.supported_sync_modes.size() == theirs["modes"].size());
    CHECK(stream.source_defined_cursor);
  }
}

TEST_CASE("a seed gives the same rows every time, and another seed others") {
  Reading reading;
  auto rows = read(reading).rows;
  CHECK(rows.size() == 250);
  CHECK(read(reading).rows == rows);
  reading.config["seed"] = 8;
  CHECK(read(reading).rows != rows);
}

TEST_CASE("the rows do not depend on slices, nor on the order in which slices are made") {
  for (std::string stream : {"users", "products", "purchases"}) {
    INFO(stream);
    Reading reading;
    reading.stream = stream;
    auto rows = read(reading).rows;
    reading.config["records_per_slice"] = 1000;
    CHECK(read(reading).rows == rows);

    reading.config["records_per_slice"] = 17;
    auto reader = open(reading);
    CHECK(reader->parallel());
    std::vector<std::unique_ptr<connector::Partition>> slices;
    while (auto slice = reader->next_partition()) slices.push_back(std::move(slice));
    std::vector<std::string> backwards;
    auto schema = schema_of(reading);
    for (auto slice = slices.rbegin(); slice != slices.rend(); ++slice) {
      record::RecordBatch batch(schema);
      while ((*slice)->fill(batch)) {
      }
      for (std::size_t row = batch.size(); row-- > 0;) backwards.push_back(line(batch, row));
    }
    std::ranges::reverse(backwards);
    CHECK(backwards == rows);
  }
}

TEST_CASE("a read that is resumed at any state gives the very rows that were missing") {
  for (std::string stream : {"users", "products", "purchases"}) {
    Reading reading;
    reading.stream = stream;
    reading.mode = GENERATE(protocol::SyncMode::full_refresh, protocol::SyncMode::incremental);
    reading.config["always_updated"] = GENERATE(true, false);
    auto whole = read(reading);
    for (std::size_t i = 0; i + 1 < whole.states.size(); ++i) {
      Reading rest = reading;
      rest.state = whole.states[i];
      rest.emitted_at = kNow + 3'600'000;  // an hour later, and the same updated_at all the same
      auto missing = read(rest).rows;
      std::vector<std::string> joined(
          whole.rows.begin(),
          whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_at_state[i]));
      joined.insert(joined.end(), missing.begin(), missing.end());
      CHECK(joined == whole.rows);
    }
  }
}

TEST_CASE("a random seed stays the same over a resumed read") {
  Reading reading;
  reading.config["seed"] = -1;
  auto begun = read(reading, 3);
  reading.state = begun.states.back();
  auto rest = read(reading);
  reading.config["seed"] = ordered_json::parse(begun.states.back())["seed"];
  reading.state.reset();
  auto whole = read(reading).rows;
  begun.rows.insert(begun.rows.end(), rest.rows.begin(), rest.rows.end());
  CHECK(begun.rows == whole);
}

TEST_CASE("choosing fields leaves the values of the chosen ones as they are") {
  Reading reading;
  auto whole = read(reading).rows;
  reading.fields = {"id", "telephone", "address", "weight"};
  auto some = read(reading).rows;
  REQUIRE(some.size() == whole.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    for (const auto& field : {"id=", "telephone=", "weight=", "address="}) {
      auto begin = some[i].find(field);
      auto end = std::string(field) == "address=" ? some[i].size() : some[i].find(' ', begin);
      CHECK(whole[i].find(some[i].substr(begin, end - begin)) != std::string::npos);
    }
  }
}

TEST_CASE("an incremental read after a complete one gives nothing, or all rows updated anew") {
  Reading reading;
  reading.mode = protocol::SyncMode::incremental;
  SECTION("nothing without always_updated, and the state stays complete") {
    reading.config["always_updated"] = false;
    auto first = read(reading);
    reading.state = first.states.back();
    auto again = open(reading);
    CHECK(again->next_partition() == nullptr);
    CHECK(again->empty_state() == *reading.state);
  }
  SECTION("all rows with always_updated") {
    auto first = read(reading);
    reading.state = first.states.back();
    reading.emitted_at = kNow + 60'000;
    auto again = read(reading);
    REQUIRE(again.rows.size() == first.rows.size());
    CHECK(again.rows != first.rows);
    reading.fields = {"id", "name", "created_at", "address"};
    auto same = read(reading).rows;
    reading.state.reset();
    CHECK(read(reading).rows == same);
  }
  SECTION("the rows that a larger count adds") {
    reading.config["always_updated"] = false;
    auto first = read(reading);
    reading.state = first.states.back();
    reading.config["count"] = 300;
    CHECK(read(reading).rows.size() == 50);
  }
}

TEST_CASE("a complete full refresh is not read again in its generation") {
  Reading reading;
  reading.state = read(reading).states.back();
  CHECK(open(reading)->next_partition() == nullptr);
}

TEST_CASE("states of another form, version or seed are refused by name (F-19)") {
  Reading reading;
  reading.state = GENERATE(
      R"({"loop_offset":10,"seed":7,"updated_at":"2026-11-22T16:08:27+00:00"})",
      R"({"version":2,"seed":7,"id":3,"updated_at":null,"complete":false})",
      R"({"version":1,"seed":8,"id":3,"updated_at":null,"complete":false})",
      R"({"version":1,"seed":7,"id":-3,"updated_at":null,"complete":false})",
      R"({"version":1,"seed":7,"id":"3","updated_at":null,"complete":false})", "[]", "7", "{oops");
  CHECK_THROWS_AS(open(reading), Failure);
}

TEST_CASE("an empty state is where a read begins") {
  Reading reading;
  reading.state = "{}";
  CHECK(read(reading).rows.size() == 250);
}

TEST_CASE("ids run from 1, references point at rows that are there, and emails are unique") {
  Reading reading;
  reading.config["count"] = 60;
  reading.stream = "purchases";
  reading.fields = {"id", "user_id", "product_id"};
  std::set<std::string> ids;
  for (const auto& row : read(reading).rows) {
    std::int64_t id = 0, user = 0, product = 0;
    REQUIRE(std::sscanf(row.c_str(), "id=%ld user_id=%ld product_id=%ld", &id, &user, &product) ==
            3);
    CHECK((user >= 1 && user <= 60));
    CHECK((product >= 1 && product <= 60));
    ids.insert(std::to_string(id));
  }
  CHECK(ids.size() == 60);
  reading.stream = "users";
  reading.config["count"] = 2000;
  reading.fields = {"email"};
  auto emails = read(reading).rows;
  CHECK(std::set<std::string>(emails.begin(), emails.end()).size() == 2000);
}

TEST_CASE("there are a hundred products at most, the same with every seed but for their times") {
  Reading reading;
  reading.stream = "products";
  CHECK(read(reading).rows.size() == 100);
  reading.fields = {"id", "make", "model", "year", "price"};
  auto rows = read(reading).rows;
  reading.config["seed"] = 99;
  CHECK(read(reading).rows == rows);
  CHECK(std::set<std::string>(rows.begin(), rows.end()).size() == 100);
  reading.config["count"] = 12;
  CHECK(read(reading).rows.size() == 12);
}

TEST_CASE("addresses are JSON with the real connector's fields") {
  Reading reading;
  reading.fields = {"address"};
  for (const auto& row : read(reading).rows) {
    auto address = ordered_json::parse(row.substr(std::string("address=").size()));
    std::vector<std::string> names;
    for (const auto& [name, value] : address.items()) {
      names.push_back(name);
      CHECK(value.is_string());
    }
    CHECK(names == std::vector<std::string>{"street_number", "street_name", "city", "state",
                                            "province", "postal_code", "country_code"});
  }
}

TEST_CASE("a column configured with another type gets values of that type") {
  connector::StreamRequest request;
  request.stream = configured("users", protocol::SyncMode::full_refresh);
  request.schema = std::make_shared<record::Schema>(
      std::vector<record::Column>{{"id", record::Type::string},
                                  {"created_at", record::Type::string},
                                  {"more", record::Type::any}});
  auto schema = request.schema;
  auto reader = connectors::make_source_faker()->open({{"seed", 1}}, std::move(request));
  record::RecordBatch batch(schema);
  reader->next_partition()->fill(batch);
  CHECK(batch.row(0)[*schema->find("id")].kind() == record::Kind::string);
  CHECK(batch.row(0)[*schema->find("created_at")].kind() == record::Kind::string);
  CHECK(batch.row(0)[*schema->find("more")].is_null());
}

TEST_CASE("a wrong configuration is a failed check that names key and value") {
  auto source = connectors::make_source_faker();
  CHECK(source->check(nlohmann::json::object()).succeeded);
  auto status = source->check({{"count", 0}});
  CHECK_FALSE(status.succeeded);
  CHECK(status.message == "count is 0; allowed are whole numbers from 1");
  CHECK_FALSE(source->check({{"seed", "seven"}}).succeeded);
  CHECK_FALSE(source->check({{"always_updated", "yes"}}).succeeded);
  CHECK(source->parallelism({{"parallelism", 3}}) == 3);
}

TEST_CASE("the spec is draft-07 and knows every key") {
  auto spec = ordered_json::parse(connectors::make_source_faker()->spec().connection_specification);
  CHECK(spec["$schema"] == "http://json-schema.org/draft-07/schema#");
  for (const auto& key : {"count", "seed", "records_per_slice", "always_updated", "parallelism"}) {
    CHECK(spec["properties"].contains(key));
    CHECK(spec["properties"][key].contains("order"));
  }
}
