#include "api/connections.h"

#include <nlohmann/json.hpp>

#include "api/paging.h"
#include "api/parameters.h"
#include "api/problem.h"
#include "api/workspaces.h"
#include "base/text.h"
#include "connection/catalog_check.h"
#include "connection/connection_table.h"
#include "connection/sync_mode.h"
#include "protocol/json_writer.h"
#include "schedule/airbyte_form.h"
#include "schedule/schedule_form.h"

namespace wharf::api {
namespace {

using nlohmann::json;
namespace table = connection::connection_table;

std::string dumped_safely(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

using protocol::JsonObjectWriter;

// A list shows a hundred connections of many streams each: they are written, not built first.
void append_field_path(std::string& out, const protocol::FieldPath& path) {
  protocol::append_json_array(out, path, protocol::append_json_string);
}

/// Which fields were chosen, and in which order they were named.
struct NamedFields {
  connection::ChosenFields chosen;
  connection::FieldOrder order;
};

// None selected: all.
void append_selected_fields(std::string& out, const protocol::ConfiguredStream& stream,
                            const NamedFields& named) {
  json fields = json::array();
  const auto name_of_stream = protocol::to_string(stream.stream.descriptor);
  if (const auto order = named.order.find(name_of_stream); order != named.order.end()) {
    for (const auto& name : order->second) fields.push_back({{"fieldPath", {name}}});
  } else if (named.chosen.contains(name_of_stream)) {
    const auto schema = json::parse(stream.stream.json_schema, nullptr, false);
    if (schema.is_object() && schema.contains("properties")) {
      for (const auto& [name, property] : schema["properties"].items())
        fields.push_back({{"fieldPath", {name}}});
    }
  }
  out += dumped_safely(fields);
}

void append_connection_stream(std::string& out, const protocol::ConfiguredStream& stream,
                              const NamedFields& named) {
  JsonObjectWriter object(out);
  object.string("name", std::string_view(stream.stream.descriptor.name));
  append_field_path(object.key("cursorField"), stream.cursor_field);
  protocol::append_json_array(object.key("primaryKey"), stream.primary_key, append_field_path);
  append_selected_fields(object.key("selectedFields"), stream, named);
  object.json("mappers", std::string_view("[]"));
  object.string("namespace", stream.stream.descriptor.name_space);
  const auto* mode = connection::find_sync_mode(stream.sync_mode, stream.destination_sync_mode);
  if (mode != nullptr) object.string("syncMode", std::string_view(mode->name));
}

std::string_view name_of(protocol::NamespaceMapping::Definition definition) {
  using Definition = protocol::NamespaceMapping::Definition;
  if (definition == Definition::destination) return "destination";
  return definition == Definition::custom_format ? "custom_format" : "source";
}

std::string schedule_of(const connection::Connection& connection, const schedule::TimeZone& zone) {
  const auto schedule = schedule::from_json(json::parse(connection.schedule, nullptr, false));
  return dumped_safely(schedule::to_public(schedule ? *schedule : schedule::Schedule{}, zone));
}

void append_configurations(std::string& out, const connection::Connection& connection) {
  const NamedFields named{connection::chosen_fields(connection.settings),
                          connection::field_order(connection.settings)};
  JsonObjectWriter object(out);
  protocol::append_json_array(object.key("streams"), connection.catalog.streams,
                              [&](std::string& list, const auto& stream) {
                                append_connection_stream(list, stream, named);
                              });
}

void append_connection(std::string& out, const connection::Connection& connection,
                       const std::string& usual_workspace, const schedule::TimeZone& zone) {
  JsonObjectWriter object(out);
  object.string("connectionId", std::string_view(connection.id.value));
  object.string("name", std::string_view(connection.name));
  object.string("sourceId", std::string_view(connection.source.value));
  object.string("destinationId", std::string_view(connection.destination.value));
  object.string("workspaceId", std::string_view(connection.workspace.value_or(usual_workspace)));
  object.string("status",
                connection.is_deleted ? "deprecated" : connection::name_of(connection.status));
  object.json("schedule", std::string_view(schedule_of(connection, zone)));
  object.string("nonBreakingSchemaUpdatesBehavior", std::string_view("ignore"));
  object.string("namespaceDefinition", name_of(connection.mapping.definition));
  object.string_if_any("namespaceFormat", connection.mapping.format);
  object.string("prefix", std::string_view(connection.mapping.prefix));
  append_configurations(object.key("configurations"), connection);
  object.integer("createdAt", base::to_millis(connection.created) / 1000);
  object.json("tags", std::string_view("[]"));
}

std::string connection_text(const connection::Connection& connection,
                            const std::string& usual_workspace, const schedule::TimeZone& zone) {
  std::string text;
  append_connection(text, connection, usual_workspace, zone);
  return text;
}

Response list_connections(const Services& services, const Request& request) {
  const Page page = page_of(request);
  // There are no tags: nothing has one of these.
  if (!request.query.list("tagIds").empty()) return page_response(request, page, {}, {});
  auto items = services.database.read([&](sqlite::Connection& store) {
    std::vector<std::string> found;
    const auto usual = default_workspace(store).value_or("");
    const table::Asked asked{usual, wanted_workspaces(request), flag_of(request, "includeDeleted")};
    for (const auto& each : table::page(store, page.limit + 1, page.offset, asked)) {
      found.push_back(connection_text(each, usual, services.default_zone));
    }
    return found;
  });
  return page_of_texts(request, page, std::move(items), {"workspaceIds", "includeDeleted"});
}

}  // namespace

Response shown_connection(const Services& services, const std::string& id) {
  const auto shown =
      services.database.read([&](sqlite::Connection& store) -> std::optional<std::string> {
        const auto found = table::get(store, base::ConnectionId(id));
        if (!found) return std::nullopt;
        return connection_text(*found, default_workspace(store).value_or(""),
                               services.default_zone);
      });
  if (!shown) throw Refused(resource_not_found("STANDARD_SYNC", id));
  return json_response(*shown);
}

void add_connection_routes(Router& router, const Services& services) {
  router.add(Base::public_api, Method::get, "/connections", Access::read,
             [&services](const Request& request) { return list_connections(services, request); });
  router.add(Base::public_api, Method::get, "/connections/{connectionId}", Access::read,
             [&services](const Request& request) {
               return shown_connection(services, base::to_lower(request.parameter("connectionId")));
             });
}

}  // namespace wharf::api
