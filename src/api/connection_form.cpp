#include "api/connection_form.h"

#include "api/members.h"
#include "api/problem.h"
#include "schedule/airbyte_form.h"
#include "schedule/schedule_form.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

using connection::ConnectionStatus;
using connection::StreamChoice;
using nlohmann::json;
using NamespaceDefinition = protocol::NamespaceMapping::Definition;

[[noreturn]] void refuse(std::string sentence) {
  throw Refused(bad_request(std::move(sentence)));
}

ConnectionStatus status_named(const std::string& name) {
  if (name == "active") return ConnectionStatus::active;
  if (name == "inactive") return ConnectionStatus::inactive;
  refuse(fmt::format("'status' is to be active or inactive, not '{}'; DELETE deletes.", name));
}

NamespaceDefinition namespace_named(const std::string& name) {
  if (name == "source") return NamespaceDefinition::source;
  if (name == "destination") return NamespaceDefinition::destination;
  if (name == "custom_format") return NamespaceDefinition::custom_format;
  refuse(fmt::format(
      "'namespaceDefinition' is to be source, destination or custom_format, not '{}'.", name));
}

protocol::FieldPath path_from(const json& value, const char* what) {
  protocol::FieldPath path;
  if (!value.is_array()) refuse(fmt::format("{} is to be a list of names.", what));
  for (const auto& name : value) {
    if (!name.is_string()) refuse(fmt::format("{} is to be a list of names.", what));
    path.push_back(name.get<std::string>());
  }
  return path;
}

std::vector<std::string> fields_from(const json& fields, const std::string& stream) {
  std::vector<std::string> names;
  for (const auto& field : fields) {
    const bool has = field.is_object() && field.contains("fieldPath");
    const auto path = has ? path_from(field["fieldPath"], "'fieldPath'") : protocol::FieldPath();
    if (path.size() != 1) {
      refuse(fmt::format(
          "Stream '{}': each of 'selectedFields' has a 'fieldPath' of exactly one name: fields "
          "inside others cannot be selected.",
          stream));
    }
    names.push_back(path.front());
  }
  return names;
}

void refuse_what_cannot_run(const json& stream, const std::string& name) {
  if (const json* mappers = list_of(stream, "mappers"); mappers != nullptr && !mappers->empty())
    refuse(fmt::format("Stream '{}': 'mappers' are not offered here yet.", name));
  const auto files = stream.find("includeFiles");
  if (files != stream.end() && *files == true)
    refuse(fmt::format("Stream '{}': 'includeFiles' is not offered here yet.", name));
  if (!text_of(stream, "destinationObjectName").value_or("").empty())
    refuse(fmt::format("Stream '{}': 'destinationObjectName' is not offered here yet.", name));
}

StreamChoice stream_from(const json& stream) {
  if (!stream.is_object()) refuse("Each of 'streams' is to be an object.");
  StreamChoice choice;
  choice.name = required_text(stream, "name");
  if (choice.name == "*") refuse("A stream is called by its name: '*' is none.");
  refuse_what_cannot_run(stream, choice.name);
  choice.name_space = text_of(stream, "namespace");
  choice.sync_mode = word_of(stream, "syncMode").value_or("full_refresh_overwrite");
  if (const json* cursor = list_of(stream, "cursorField"))
    choice.cursor_field = path_from(*cursor, "'cursorField'");
  if (const json* key = list_of(stream, "primaryKey")) {
    for (const auto& path : *key) choice.primary_key.push_back(path_from(path, "'primaryKey'"));
  }
  if (const json* fields = list_of(stream, "selectedFields"))
    choice.selected_fields = fields_from(*fields, choice.name);
  return choice;
}

schedule::Schedule schedule_from(const json& object) {
  auto schedule = schedule::from_public(object);
  if (!schedule) refuse(schedule.error().message);
  return std::move(*schedule);
}

void refuse_other_features(const json& body) {
  if (const json* tags = list_of(body, "tags"); tags != nullptr && !tags->empty())
    refuse("'tags' are not offered here yet.");
  const auto changes = word_of(body, "nonBreakingSchemaUpdatesBehavior").value_or("ignore");
  if (changes != "ignore") {
    refuse(fmt::format("'nonBreakingSchemaUpdatesBehavior' can only be ignore here yet, not '{}'.",
                       changes));
  }
}

}  // namespace

ConnectionForm read_connection_form(const json& body) {
  ConnectionForm form;
  refuse_other_features(body);
  form.name = text_of(body, "name");
  if (const auto status = word_of(body, "status")) form.status = status_named(*status);
  if (const json* schedule = object_of(body, "schedule")) form.schedule = schedule_from(*schedule);
  if (const auto definition = word_of(body, "namespaceDefinition"))
    form.namespace_definition = namespace_named(*definition);
  form.namespace_format = text_of(body, "namespaceFormat");
  form.prefix = text_of(body, "prefix");
  const json* configurations = object_of(body, "configurations");
  const json* streams = configurations == nullptr ? nullptr : list_of(*configurations, "streams");
  if (streams != nullptr)
    for (const auto& stream : *streams) form.streams.push_back(stream_from(stream));
  return form;
}

void ConnectionForm::apply_to(connection::Connection& connection) const {
  if (name && !name->empty()) connection.name = *name;
  if (status) connection.status = *status;
  if (namespace_definition) connection.mapping.definition = *namespace_definition;
  if (namespace_format) connection.mapping.format = *namespace_format;
  if (prefix) connection.mapping.prefix = *prefix;
  if (!schedule) return;
  // The public API has no words for missed runs and jitter: they stay as they were.
  auto given = *schedule;
  const auto stored = schedule::from_json(json::parse(connection.schedule, nullptr, false));
  if (stored) {
    given.missed = stored->missed;
    given.jitter = stored->jitter;
  }
  connection.schedule = schedule::to_json(given).dump();
}

}  // namespace wharf::api
