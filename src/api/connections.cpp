#include "api/connections.h"

#include <map>
#include <nlohmann/json.hpp>

#include "api/paging.h"
#include "api/parameters.h"
#include "api/problem.h"
#include "api/workspaces.h"
#include "base/text.h"
#include "connection/connection_table.h"
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

std::string_view name_of(protocol::NamespaceMapping::Definition definition) {
  using Definition = protocol::NamespaceMapping::Definition;
  if (definition == Definition::destination) return "destination";
  return definition == Definition::custom_format ? "custom_format" : "source";
}

std::string schedule_of(const protocol::JsonText& stored, const schedule::TimeZone& zone) {
  const auto schedule = schedule::from_json(json::parse(stored, nullptr, false));
  return dumped_safely(schedule::to_public(schedule ? *schedule : schedule::Schedule{}, zone));
}

/// Those of a page: many have the same schedule.
class Schedules {
 public:
  explicit Schedules(const schedule::TimeZone& zone) : zone_(zone) {}

  const std::string& shown(const protocol::JsonText& stored) {
    const auto [at, fresh] = shown_.try_emplace(stored);
    if (fresh) at->second = schedule_of(stored, zone_);
    return at->second;
  }

 private:
  const schedule::TimeZone& zone_;
  std::map<protocol::JsonText, std::string> shown_;
};

void append_connection(std::string& out, const table::Listed& connection,
                       const std::string& usual_workspace, Schedules& schedules) {
  JsonObjectWriter object(out);
  object.string("connectionId", std::string_view(connection.id.value));
  object.string("name", std::string_view(connection.name));
  object.string("sourceId", std::string_view(connection.source.value));
  object.string("destinationId", std::string_view(connection.destination.value));
  object.string("workspaceId", std::string_view(connection.workspace.value_or(usual_workspace)));
  object.string("status",
                connection.is_deleted ? "deprecated" : connection::name_of(connection.status));
  object.json("schedule", std::string_view(schedules.shown(connection.schedule)));
  object.string("nonBreakingSchemaUpdatesBehavior", std::string_view("ignore"));
  object.string("namespaceDefinition", name_of(connection.mapping.definition));
  object.string_if_any("namespaceFormat", connection.mapping.format);
  object.string("prefix", std::string_view(connection.mapping.prefix));
  JsonObjectWriter(object.key("configurations"))
      .json("streams", std::string_view(connection.streams));
  object.integer("createdAt", base::to_millis(connection.created) / 1000);
  object.json("tags", std::string_view("[]"));
}

std::string connection_text(const table::Listed& connection, const std::string& usual_workspace,
                            Schedules& schedules) {
  std::string text;
  append_connection(text, connection, usual_workspace, schedules);
  return text;
}

Response list_connections(const Services& services, const Request& request) {
  const Page page = page_of(request);
  // There are no tags: nothing has one of these.
  if (!request.query.list("tagIds").empty()) return page_response(request, page, {}, {});
  auto items = services.database.read([&](sqlite::Connection& store) {
    std::vector<std::string> found;
    Schedules schedules(services.default_zone);
    const auto usual = default_workspace(store).value_or("");
    const table::Asked asked{usual, wanted_workspaces(request), flag_of(request, "includeDeleted")};
    for (const auto& each : table::page(store, page.limit + 1, page.offset, asked)) {
      found.push_back(connection_text(each, usual, schedules));
    }
    return found;
  });
  return page_of_texts(request, page, std::move(items), {"workspaceIds", "includeDeleted"});
}

}  // namespace

Response shown_connection(const Services& services, const std::string& id) {
  const auto shown =
      services.database.read([&](sqlite::Connection& store) -> std::optional<std::string> {
        const auto found = table::get_listed(store, base::ConnectionId(id));
        if (!found) return std::nullopt;
        Schedules schedules(services.default_zone);
        return connection_text(*found, default_workspace(store).value_or(""), schedules);
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
