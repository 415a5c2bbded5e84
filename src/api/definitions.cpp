#include "api/definitions.h"

#include "api/members.h"
#include "api/problem.h"
#include "api/workspaces.h"
#include "base/text.h"
#include "definition/definition_table.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

using definition::Definition;
using definition::Kind;
using nlohmann::json;

const definition::BuiltinDefinition* builtin_of(const Definition& definition) {
  const auto* builtin = std::get_if<definition::Builtin>(&definition.program);
  return builtin == nullptr ? nullptr : definition::find_builtin(definition.kind, builtin->name);
}

std::string shown_name(const Definition& definition) {
  const auto* builtin = builtin_of(definition);
  return builtin == nullptr ? definition.name : std::string(builtin->airbyte_name);
}

// A declared command has neither image nor version: its program stands for the one.
std::string repository_of(const Definition& definition) {
  if (const auto* builtin = builtin_of(definition)) return std::string(builtin->repository);
  const auto* command = std::get_if<definition::Command>(&definition.program);
  return command == nullptr || command->argv.empty() ? definition.name : command->argv.front();
}

std::string version_of(const Definition& definition) {
  return definition.is_builtin() ? WHARF_VERSION : "local";
}

json shown(const Definition& definition) {
  return {{"id", definition.id.value},
          {"name", shown_name(definition)},
          {"dockerRepository", repository_of(definition)},
          {"dockerImageTag", version_of(definition)}};
}

std::vector<Definition> of_kind(const Services& services, Kind kind) {
  auto all = services.database.read(
      [](sqlite::Connection& store) { return definition::definition_table::all(store); });
  std::erase_if(all, [&](const Definition& each) { return each.kind != kind; });
  return all;
}

void require_workspace(const Services& services, const Request& request) {
  const auto id = base::to_lower(request.parameter("workspaceId"));
  const bool known =
      services.database.read([&](sqlite::Connection& store) { return is_workspace(store, id); });
  if (!known) throw Refused(resource_not_found("WORKSPACE", id));
}

Response list_connector_definitions(const Services& services, const Request& request) {
  const auto type = base::to_lower(request.query.find("type").value_or(""));
  if (type != "source" && type != "destination")
    throw Refused(bad_request("'type' is to be source or destination."));
  json data = json::array();
  for (const auto& each : of_kind(services, type == "source" ? Kind::source : Kind::destination)) {
    data.push_back({{"id", each.id.value},
                    {"name", shown_name(each)},
                    {"connectorDefinitionType", type},
                    {"version", version_of(each)}});
  }
  return json_response(dump({{"data", std::move(data)}}));
}

Response list_definitions(const Services& services, const Request& request, Kind kind) {
  require_workspace(services, request);
  json data = json::array();
  for (const auto& each : of_kind(services, kind)) data.push_back(shown(each));
  return json_response(dump({{"data", std::move(data)}, {"next", ""}, {"previous", ""}}));
}

Response show_definition(const Services& services, const Request& request, Kind kind) {
  require_workspace(services, request);
  const auto id = base::to_lower(request.parameter("definitionId"));
  const auto found = services.database.read([&](sqlite::Connection& store) {
    return definition::definition_table::get(store, base::DefinitionId(id));
  });
  if (!found || found->kind != kind) {
    throw Refused(resource_not_found(
        kind == Kind::source ? "SOURCE_DEFINITION" : "DESTINATION_DEFINITION", id));
  }
  return json_response(dump(shown(*found)));
}

Response no_custom_definition(const Request&) {
  auto problem = not_implemented();
  problem.detail =
      "Connectors by image cannot be run here: there are the built-ins, and the commands that "
      "declarations name.";
  problem.data = {{"message", problem.detail}};
  throw Refused(std::move(problem));
}

void add_kind(Router& router, const Services& services, const std::string& path, Kind kind) {
  const std::string one = path + "/{definitionId}";
  router.add(Base::public_api, Method::get, path, Access::read,
             [&services, kind](const Request& request) {
               return list_definitions(services, request, kind);
             });
  router.add(Base::public_api, Method::get, one, Access::read,
             [&services, kind](const Request& request) {
               return show_definition(services, request, kind);
             });
  router.add(Base::public_api, Method::post, path, Access::administer, no_custom_definition);
  router.add(Base::public_api, Method::put, one, Access::administer, no_custom_definition);
  router.add(Base::public_api, Method::del, one, Access::administer, no_custom_definition);
}

void add_declarative(Router& router, const Services& services, const std::string& path) {
  router.add(Base::public_api, Method::get, path, Access::read,
             [&services](const Request& request) {
               require_workspace(services, request);
               return json_response(R"({"data":[],"next":"","previous":""})");
             });
  router.add(
      Base::public_api, Method::get, path + "/{definitionId}", Access::read,
      [](const Request& request) -> Response {
        throw Refused(resource_not_found("SOURCE_DEFINITION", request.parameter("definitionId")));
      });
  router.add(Base::public_api, Method::post, path, Access::administer, no_custom_definition);
}

}  // namespace

void add_definition_routes(Router& router, const Services& services) {
  const std::string definitions = "/workspaces/{workspaceId}/definitions/";
  router.add(Base::public_api, Method::get, "/connector_definitions", Access::read,
             [&services](const Request& request) {
               return list_connector_definitions(services, request);
             });
  add_kind(router, services, definitions + "sources", Kind::source);
  add_kind(router, services, definitions + "destinations", Kind::destination);
  add_declarative(router, services, definitions + "declarative_sources");
}

}  // namespace wharf::api
