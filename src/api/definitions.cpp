#include "api/definitions.h"

#include "api/json_body.h"
#include "api/members.h"
#include "api/problem.h"
#include "api/workspaces.h"
#include "base/text.h"
#include "base/uuid.h"
#include "definition/definition_table.h"
#include "docker/image_reference.h"
#include "workload/ipc_options.h"

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

// A built-in answers to the image it stands for; a declared command has neither image nor version:
// its program stands for the one.
definition::ImageName image_of(const Definition& definition) {
  if (const auto* builtin = builtin_of(definition)) {
    return {std::string(builtin->repository), WHARF_VERSION};
  }
  if (const auto* image = std::get_if<definition::Image>(&definition.program)) {
    return definition::image_name(image->reference);
  }
  const auto* command = std::get_if<definition::Command>(&definition.program);
  const bool named = command != nullptr && !command->argv.empty();
  return {named ? command->argv.front() : definition.name,
          definition.is_builtin() ? WHARF_VERSION : "local"};
}

json shown(const Definition& definition) {
  const auto image = image_of(definition);
  json view{{"id", definition.id.value},
            {"name", shown_name(definition)},
            {"dockerRepository", image.repository},
            {"dockerImageTag", image.tag}};
  if (!definition.documentation_url.empty()) {
    view["documentationUrl"] = definition.documentation_url;
  }
  if (definition.custom) {
    if (definition.ipc) view["connectorIPCOptions"] = json::parse(*definition.ipc, nullptr, false);
    view["position"] = definition.holds_position;
    view["resumableFullRefresh"] = definition.resumable_full_refresh;
  }
  return view;
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
                    {"version", image_of(each).tag}});
  }
  return json_response(dump({{"data", std::move(data)}}));
}

Response list_definitions(const Services& services, const Request& request, Kind kind) {
  require_workspace(services, request);
  json data = json::array();
  for (const auto& each : of_kind(services, kind)) data.push_back(shown(each));
  return json_response(dump({{"data", std::move(data)}, {"next", ""}, {"previous", ""}}));
}

Definition find_definition(sqlite::Connection& store, const Request& request, Kind kind) {
  const auto id = base::to_lower(request.parameter("definitionId"));
  auto found = definition::definition_table::get(store, base::DefinitionId(id));
  if (!found || found->kind != kind || found->deleted) {
    throw Refused(resource_not_found(
        kind == Kind::source ? "SOURCE_DEFINITION" : "DESTINATION_DEFINITION", id));
  }
  return std::move(*found);
}

Response show_definition(const Services& services, const Request& request, Kind kind) {
  require_workspace(services, request);
  const auto found = services.database.read(
      [&](sqlite::Connection& store) { return find_definition(store, request, kind); });
  return json_response(dump(shown(found)));
}

// What only a definition can say of an image: neither its spec nor a label carries it.
void take_abilities(const json& body, Definition& definition) {
  if (const json* ipc = object_of(body, "connectorIPCOptions")) {
    const auto options = workload::parse_ipc_options(dump(*ipc));
    if (!options) throw Refused(bad_request(options.error().message));
    definition.ipc = workload::to_json(*options);
  }
  const bool is_source = definition.kind == Kind::source;
  if (const auto position = choice_of(body, "position")) {
    definition.holds_position = *position && !is_source;
    definition.supports_refreshes = definition.holds_position;
  }
  if (const auto resumable = choice_of(body, "resumableFullRefresh")) {
    definition.resumable_full_refresh = *resumable && is_source;
  }
}

std::string reference_of(const std::string& repository, const std::string& tag) {
  const auto reference = definition::image_reference({repository, tag});
  const auto parsed = docker::parse_image_reference(reference);
  if (!parsed) throw Refused(bad_request(parsed.error().message));
  return parsed->short_name();
}

Response create_definition(const Services& services, const Request& request, Kind kind) {
  const json body = json_body(request);
  require_workspace(services, request);
  Definition made;
  made.id = base::DefinitionId(base::random_uuid());
  made.kind = kind;
  made.custom = true;
  made.name = required_text(body, "name");
  definition::Image image;
  image.reference =
      reference_of(required_text(body, "dockerRepository"), required_text(body, "dockerImageTag"));
  made.program = std::move(image);
  made.documentation_url = text_of(body, "documentationUrl").value_or("");
  take_abilities(body, made);
  services.database.write([&](sqlite::Transaction& transaction) {
    definition::definition_table::put(transaction, made);
  });
  return json_response(dump(shown(made)));
}

Definition changeable(sqlite::Connection& store, const Request& request, Kind kind) {
  auto found = find_definition(store, request, kind);
  if (found.custom) return found;
  throw Refused(state_conflict(
      found.is_builtin()
          ? fmt::format("'{}' is built in: it changes with Wharf.", shown_name(found))
          : fmt::format("'{}' is declared by a file: it is changed there.", shown_name(found))));
}

Response update_definition(const Services& services, const Request& request, Kind kind) {
  const json body = json_body(request);
  require_workspace(services, request);
  const auto name = required_text(body, "name");
  const auto tag = required_text(body, "dockerImageTag");
  const auto changed = services.database.write([&](sqlite::Transaction& transaction) {
    auto found = changeable(transaction, request, kind);
    auto& image = std::get<definition::Image>(found.program);
    found.name = name;
    image.reference = reference_of(definition::image_name(image.reference).repository, tag);
    take_abilities(body, found);
    definition::definition_table::put(transaction, found);
    return found;
  });
  return json_response(dump(shown(changed)));
}

Response delete_definition(const Services& services, const Request& request, Kind kind) {
  require_workspace(services, request);
  const auto gone = services.database.write([&](sqlite::Transaction& transaction) {
    auto found = changeable(transaction, request, kind);
    if (definition::definition_table::is_used(transaction, found.id)) {
      throw Refused(
          state_conflict(fmt::format("{}s use '{}': delete them first.",
                                     kind == Kind::source ? "Source" : "Destination", found.name)));
    }
    found.deleted = true;
    definition::definition_table::put(transaction, found);
    return found;
  });
  return json_response(dump(shown(gone)));
}

Response no_declarative_definition(const Request&) {
  auto problem = not_implemented();
  problem.detail =
      "Connectors by manifest cannot be run here: there are images, the built-ins, and the "
      "commands that declarations name.";
  problem.data = {{"message", problem.detail}};
  throw Refused(std::move(problem));
}

void add_kind(Router& router, const Services& services, const std::string& path, Kind kind) {
  const std::string one = path + "/{definitionId}";
  using Act = Response (*)(const Services&, const Request&, Kind);
  const auto add = [&](Method method, const std::string& at, Access access, Act act) {
    router.add(
        Base::public_api, method, at, access,
        [&services, kind, act](const Request& request) { return act(services, request, kind); });
  };
  add(Method::get, path, Access::read, list_definitions);
  add(Method::get, one, Access::read, show_definition);
  add(Method::post, path, Access::administer, create_definition);
  add(Method::put, one, Access::administer, update_definition);
  add(Method::del, one, Access::administer, delete_definition);
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
  router.add(Base::public_api, Method::post, path, Access::administer, no_declarative_definition);
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
