#include "api/connection_form.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "api/problem.h"
#include "schedule/schedule_form.h"

using namespace wharf;
using namespace wharf::api;
using nlohmann::json;

namespace {

std::string refusal(const std::string& body) {
  try {
    read_connection_form(json::parse(body));
  } catch (const Refused& refused) {
    CHECK(refused.problem().status == 400);
    return refused.problem().detail;
  }
  return {};
}

std::string stream_refusal(const std::string& stream) {
  return refusal(R"({"configurations":{"streams":[)" + stream + "]}}");
}

bool says(const std::string& text, const char* words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a form says only what was said") {
  const auto form = read_connection_form(json::parse(R"({"name":null,"unknown":1})"));
  CHECK_FALSE(form.name);
  CHECK_FALSE(form.status);
  CHECK_FALSE(form.schedule);
  CHECK(form.streams.empty());
  connection::Connection connection;
  connection.name = "kept";
  connection.mapping.prefix = "p";
  const auto before = connection.schedule;
  form.apply_to(connection);
  CHECK(connection.name == "kept");
  CHECK(connection.mapping.prefix == "p");
  CHECK(connection.schedule == before);
}

TEST_CASE("names of choices are read whatever their case") {
  const auto form = read_connection_form(json::parse(
      R"({"status":"INACTIVE","namespaceDefinition":"CUSTOM_FORMAT","namespaceFormat":"f",
          "nonBreakingSchemaUpdatesBehavior":"IGNORE","tags":[]})"));
  connection::Connection connection;
  form.apply_to(connection);
  CHECK(connection.status == connection::ConnectionStatus::inactive);
  CHECK(connection.mapping.definition == protocol::NamespaceMapping::Definition::custom_format);
  CHECK(connection.mapping.format == "f");
}

TEST_CASE("a stream is read as it was chosen, and what it leaves out is read whole") {
  const auto form = read_connection_form(json::parse(R"({"configurations":{"streams":[
      {"name":"a"},
      {"name":"b","namespace":"n","syncMode":"Incremental_Append","cursorField":["c","d"],
       "primaryKey":[["id"],["x","y"]],"selectedFields":[{"fieldPath":["id"]}],"mappers":[]}]}})"));
  REQUIRE(form.streams.size() == 2);
  CHECK(form.streams[0].sync_mode == "full_refresh_overwrite");
  CHECK_FALSE(form.streams[0].name_space);
  const auto& chosen = form.streams[1];
  CHECK(chosen.name_space == "n");
  CHECK(chosen.sync_mode == "incremental_append");
  CHECK(chosen.cursor_field == protocol::FieldPath{"c", "d"});
  CHECK(chosen.primary_key == std::vector<protocol::FieldPath>{{"id"}, {"x", "y"}});
  CHECK(chosen.selected_fields == std::vector<std::string>{"id"});
}

TEST_CASE("what is of another kind than it must be is refused with its name") {
  CHECK(says(refusal(R"({"name":7})"), "'name'"));
  CHECK(says(refusal(R"({"schedule":"daily"})"), "'schedule'"));
  CHECK(says(refusal(R"({"configurations":[]})"), "'configurations'"));
  CHECK(says(refusal(R"({"configurations":{"streams":{}}})"), "'streams'"));
  CHECK(says(stream_refusal("7"), "'streams'"));
  CHECK(says(stream_refusal("{}"), "'name'"));
  CHECK(says(stream_refusal(R"({"name":"a","cursorField":[1]})"), "'cursorField'"));
  CHECK(says(stream_refusal(R"({"name":"a","primaryKey":["id"]})"), "'primaryKey'"));
  CHECK(says(stream_refusal(R"({"name":"a","selectedFields":[{"fieldPath":[]}]})"), "exactly one"));
  CHECK(says(stream_refusal(R"({"name":"a","selectedFields":["id"]})"), "exactly one"));
}

TEST_CASE("what cannot be had here is refused, not passed over") {
  CHECK(says(stream_refusal(R"({"name":"a","mappers":[{"type":"hashing"}]})"), "mappers"));
  CHECK(says(stream_refusal(R"({"name":"a","includeFiles":true})"), "includeFiles"));
  CHECK(says(stream_refusal(R"({"name":"a","destinationObjectName":"x"})"), "destinationObject"));
  CHECK(says(refusal(R"({"tags":[{"name":"x"}]})"), "tags"));
  CHECK(says(refusal(R"({"nonBreakingSchemaUpdatesBehavior":"propagate_columns"})"),
             "propagate_columns"));
  CHECK(says(refusal(R"({"status":"deprecated"})"), "status"));
  CHECK(stream_refusal(R"({"name":"a","includeFiles":false,"destinationObjectName":""})").empty());
}

TEST_CASE("a schedule keeps what the public API has no words for") {
  connection::Connection connection;
  connection.schedule =
      R"({"type":"cron","expression":"0 0 1 * * ?","missed":"skip","jitter":true})";
  read_connection_form(
      json::parse(R"({"schedule":{"scheduleType":"cron","cronExpression":"0 0 2 * * ? UTC"}})"))
      .apply_to(connection);
  const auto schedule = schedule::from_json(json::parse(connection.schedule)).value();
  CHECK(schedule.missed == schedule::Missed::skip);
  CHECK(schedule.jitter);
  CHECK(says(connection.schedule, "0 0 2 * * ?"));
}
