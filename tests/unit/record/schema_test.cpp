#include <wharf/record/meta_columns.h>
#include <wharf/record/record_batch.h>
#include <wharf/record/schema.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace wharf;
using namespace wharf::record;

namespace {

Type type_of(std::string property) {
  auto schema = Schema::from_json_schema(R"({"properties":{"p":)" + property + "}}");
  REQUIRE(schema.has_value());
  REQUIRE(schema->size() == 1);
  return (*schema)[0].type;
}

}  // namespace

TEST_CASE("a property's JSON Schema says its column's type") {
  CHECK(type_of(R"({"type":"string"})") == Type::string);
  CHECK(type_of(R"({"type":["null","string"]})") == Type::string);
  CHECK(type_of(R"({"type":"boolean"})") == Type::boolean);
  CHECK(type_of(R"({"type":"integer"})") == Type::integer);
  CHECK(type_of(R"({"type":"int"})") == Type::integer);
  CHECK(type_of(R"({"type":"number"})") == Type::number);
  CHECK(type_of(R"({"type":"number","airbyte_type":"integer"})") == Type::integer);
  CHECK(type_of(R"({"type":"string","format":"date"})") == Type::date);
  CHECK(type_of(R"({"type":"string","format":"date-time"})") == Type::timestamp_tz);
  CHECK(
      type_of(
          R"({"type":["string","null"],"format":"date-time","airbyte_type":"timestamp_with_timezone"})") ==
      Type::timestamp_tz);
  CHECK(
      type_of(
          R"({"type":"string","format":"date-time","airbyte_type":"timestamp_without_timezone"})") ==
      Type::timestamp);
  CHECK(type_of(R"({"type":"string","format":"time"})") == Type::time_tz);
  CHECK(type_of(R"({"type":"string","format":"time","airbyte_type":"time_without_timezone"})") ==
        Type::time);
  CHECK(type_of(R"({"type":"string","format":"uuid"})") == Type::string);
  CHECK(type_of(R"({"type":"string","contentEncoding":"base64"})") == Type::string);
  CHECK(type_of(R"({"type":"object","properties":{"x":{"type":"string"}}})") == Type::object);
  CHECK(type_of(R"({"properties":{}})") == Type::object);
  CHECK(type_of(R"({"type":["null","array"],"items":{"type":"string"}})") == Type::array);
  CHECK(type_of(R"({"type":["string","integer"]})") == Type::any);
  CHECK(type_of(R"({"oneOf":[{"type":"string"},{"type":"object"}]})") == Type::any);
  CHECK(type_of(R"({"oneOf":[{"type":"null"},{"type":"string","format":"date"}]})") == Type::date);
  CHECK(type_of(R"({"anyOf":[{"type":"integer"},{"type":["null","integer"]}]})") == Type::integer);
  CHECK(type_of(R"({})") == Type::any);
  CHECK(type_of("true") == Type::any);
  CHECK(type_of(R"({"$ref":"WellKnownTypes.json#/definitions/TimestampWithoutTimezone"})") ==
        Type::timestamp);
  CHECK(type_of(R"({"$ref":"WellKnownTypes.json#/definitions/Integer"})") == Type::integer);
  CHECK(type_of(R"({"$ref":"WellKnownTypes.json#/definitions/BinaryData"})") == Type::string);
  CHECK(type_of(R"({"$ref":"#/definitions/other"})") == Type::any);
}

TEST_CASE("columns stand sorted by name on the wire, and people see them as declared (F-02)") {
  auto schema = Schema::from_json_schema(
      R"( {"type":"object","properties":{"b":{"type":"string"},"a":{"type":"integer"},"Z":{"type":"number"},"\u00e9":{"type":"boolean"}}} )");
  REQUIRE(schema.has_value());
  CHECK((*schema)[0].name == "Z");
  CHECK((*schema)[1].name == "a");
  CHECK((*schema)[3].name == "é");
  CHECK(schema->declared() == std::vector<std::uint32_t>{2, 1, 0, 3});
  CHECK(schema->find("b") == 2);
  CHECK_FALSE(schema->find("c"));
}

TEST_CASE("a schema comes back from its own JSON Schema") {
  std::vector<Column> columns;
  for (int type = 0; type <= static_cast<int>(Type::any); ++type) {
    columns.push_back({"c\"" + std::to_string(20 - type), static_cast<Type>(type)});
  }
  Schema schema(columns);
  auto back = Schema::from_json_schema(schema.to_json_schema());
  REQUIRE(back.has_value());
  CHECK(back->declared() == schema.declared());
  for (std::size_t i = 0; i < schema.size(); ++i) {
    CHECK((*back)[i].name == schema[i].name);
    CHECK((*back)[i].type == schema[i].type);
  }
}

TEST_CASE("what is no JSON object is no schema") {
  for (std::string_view wrong : {"", "null", "[]", "{", R"({"properties":{"a":}})", "{} x"}) {
    CAPTURE(wrong);
    CHECK_FALSE(Schema::from_json_schema(wrong).has_value());
  }
  CHECK(Schema::from_json_schema("{}")->size() == 0);
}

TEST_CASE("a batch keeps its texts until it is cleared, whatever their size") {
  RecordBatch batch(std::make_shared<const Schema>(Schema({{"a", Type::string}})));
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 300; ++i) {
      texts.push_back(std::string(i * i * (i % 50 == 0 ? 40 : 1), static_cast<char>('a' + i % 26)));
      batch.append_row(1)[0] = Value::string(batch.keep(texts.back()));
    }
    bool same = true;
    for (std::size_t i = 0; i < texts.size(); ++i) same &= batch.row(i)[0].as_text() == texts[i];
    CHECK(same);
    batch.clear();
    CHECK(batch.empty());
  }
}

TEST_CASE("raw ids are UUIDs of version 4, and no two are the same") {
  RawIds ids;
  RawIds others;
  std::set<std::string> seen;
  for (int i = 0; i < 100'000; ++i) {
    std::string id(36, ' ');
    (i % 2 == 0 ? ids : others).next(id.data());
    bool form = id[14] == '4' && (id[19] == '8' || id[19] == '9' || id[19] == 'a' || id[19] == 'b');
    for (std::size_t k = 0; k < 36; ++k) {
      bool dash = k == 8 || k == 13 || k == 18 || k == 23;
      bool hex = (id[k] >= '0' && id[k] <= '9') || (id[k] >= 'a' && id[k] <= 'f');
      form = form && (dash ? id[k] == '-' : hex);
    }
    if (!form) FAIL(id);
    seen.insert(id);
  }
  CHECK(seen.size() == 100'000);
}

TEST_CASE("meta says the sync and the changes") {
  Buffer out;
  append_meta_json(out, 12, {});
  CHECK(out.view() == R"({"sync_id":12,"changes":[]})");
  out.clear();
  RecordedChange change{0, "a\"b", Change::nulled, Reason::destination_typecast};
  append_meta_json(out, std::nullopt, {&change, 1});
  CHECK(
      out.view() ==
      R"({"changes":[{"field":"a\"b","change":"NULLED","reason":"DESTINATION_TYPECAST_ERROR"}]})");
}
