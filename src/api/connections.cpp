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
#include "schedule/airbyte_form.h"
#include "schedule/schedule_form.h"

namespace wharf::api {
namespace {

using nlohmann::json;
namespace table = connection::connection_table;

// None selected: all.
json selected_fields(const protocol::ConfiguredStream& stream, const std::string& settings) {
  json fields = json::array();
  const auto& descriptor = stream.stream.descriptor;
  if (!connection::has_chosen_fields(settings, descriptor)) return fields;
  const auto order = connection::field_order(settings);
  if (const auto named = order.find(protocol::to_string(descriptor)); named != order.end()) {
    for (const auto& name : named->second) fields.push_back({{"fieldPath", {name}}});
    return fields;
  }
  const auto schema = json::parse(stream.stream.json_schema, nullptr, false);
  if (!schema.is_object() || !schema.contains("properties")) return fields;
  for (const auto& [name, property] : schema["properties"].items())
    fields.push_back({{"fieldPath", {name}}});
  return fields;
}

json to_json(const protocol::ConfiguredStream& stream, const std::string& settings) {
  json out{{"name", stream.stream.descriptor.name},
           {"cursorField", stream.cursor_field},
           {"primaryKey", stream.primary_key},
           {"selectedFields", selected_fields(stream, settings)},
           {"mappers", json::array()}};
  if (stream.stream.descriptor.name_space) out["namespace"] = *stream.stream.descriptor.name_space;
  const auto* mode = connection::find_sync_mode(stream.sync_mode, stream.destination_sync_mode);
  if (mode != nullptr) out["syncMode"] = mode->name;
  return out;
}

std::string_view name_of(protocol::NamespaceMapping::Definition definition) {
  using Definition = protocol::NamespaceMapping::Definition;
  if (definition == Definition::destination) return "destination";
  return definition == Definition::custom_format ? "custom_format" : "source";
}

json schedule_of(const connection::Connection& connection, const schedule::TimeZone& zone) {
  const auto schedule = schedule::from_json(json::parse(connection.schedule, nullptr, false));
  return schedule::to_public(schedule ? *schedule : schedule::Schedule{}, zone);
}

json to_json(const connection::Connection& connection, const std::string& usual_workspace,
             const schedule::TimeZone& zone) {
  json streams = json::array();
  for (const auto& stream : connection.catalog.streams) {
    streams.push_back(to_json(stream, connection.settings));
  }
  json out{
      {"connectionId", connection.id.value},
      {"name", connection.name},
      {"sourceId", connection.source.value},
      {"destinationId", connection.destination.value},
      {"workspaceId", connection.workspace.value_or(usual_workspace)},
      {"status", connection.is_deleted ? "deprecated" : connection::name_of(connection.status)},
      {"schedule", schedule_of(connection, zone)},
      {"nonBreakingSchemaUpdatesBehavior", "ignore"},
      {"namespaceDefinition", name_of(connection.mapping.definition)},
      {"prefix", connection.mapping.prefix},
      {"configurations", {{"streams", std::move(streams)}}},
      {"createdAt", base::to_millis(connection.created) / 1000},
      {"tags", json::array()}};
  if (!connection.mapping.format.empty()) out["namespaceFormat"] = connection.mapping.format;
  return out;
}

Response list_connections(const Services& services, const Request& request) {
  const Page page = page_of(request);
  // There are no tags: nothing has one of these.
  if (!request.query.list("tagIds").empty()) return page_response(request, page, {}, {});
  auto items = services.database.read([&](sqlite::Connection& store) {
    std::vector<json> found;
    const auto usual = default_workspace(store).value_or("");
    const table::Asked asked{usual, wanted_workspaces(request), flag_of(request, "includeDeleted")};
    for (const auto& each : table::page(store, page.limit + 1, page.offset, asked)) {
      found.push_back(to_json(each, usual, services.default_zone));
    }
    return found;
  });
  return page_response(request, page, std::move(items), {"workspaceIds", "includeDeleted"});
}

}  // namespace

Response shown_connection(const Services& services, const std::string& id) {
  const auto shown = services.database.read([&](sqlite::Connection& store) -> std::optional<json> {
    const auto found = table::get(store, base::ConnectionId(id));
    if (!found) return std::nullopt;
    return to_json(*found, default_workspace(store).value_or(""), services.default_zone);
  });
  if (!shown) throw Refused(resource_not_found("STANDARD_SYNC", id));
  return json_response(shown->dump(-1, ' ', false, json::error_handler_t::replace));
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
