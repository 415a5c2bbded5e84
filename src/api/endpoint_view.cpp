#include "api/endpoint_view.h"

#include "api/parameters.h"
#include "connection/secret_fields.h"
#include "definition/builtin_definitions.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

constexpr std::string_view kPythonSdk = "speakeasy-sdk/python ";

// The first two numbers of `1.0.1 2.911.0 …`.
std::pair<int, int> version_of(std::string_view text) {
  std::pair<int, int> version{0, 0};
  const char* const end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, version.first);
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == '.')
    std::from_chars(read.ptr + 1, end, version.second);
  return version;
}

}  // namespace

std::string_view type_key(definition::Kind kind) {
  return kind == definition::Kind::source ? "sourceType" : "destinationType";
}

std::string short_name(const definition::Definition& definition) {
  const auto* builtin = std::get_if<definition::Builtin>(&definition.program);
  const auto* known =
      builtin == nullptr ? nullptr : definition::find_builtin(definition.kind, builtin->name);
  return known == nullptr ? std::string() : std::string(known->short_name);
}

bool wants_type_key(definition::Kind kind, std::string_view user_agent) {
  if (!user_agent.starts_with(kPythonSdk)) return false;
  const auto version = version_of(user_agent.substr(kPythonSdk.size()));
  if (version >= std::pair(1, 1)) return true;
  return version >= std::pair(1, 0) && kind == definition::Kind::destination;
}

nlohmann::json to_json(const connection::StoredEndpoint& endpoint, const EndpointView& its,
                       const Request& request) {
  const bool is_source = endpoint.kind == definition::Kind::source;
  connection::Shown shown;
  shown.host_references = endpoint.is_declared();
  shown.coordinates = flag_of(request, "includeSecretCoordinates");
  auto configuration =
      nlohmann::json::parse(connection::masked(endpoint.config, its.schema, shown));
  const std::string type = short_name(its.definition);
  const auto agent = request.headers.find("user-agent").value_or("");
  if (configuration.is_object() && wants_type_key(endpoint.kind, agent))
    configuration[std::string(type_key(endpoint.kind))] = type.empty() ? its.definition.name : type;
  nlohmann::json view{{is_source ? "sourceId" : "destinationId", endpoint.id},
                      {"name", endpoint.name},
                      {std::string(type_key(endpoint.kind)), type},
                      {"definitionId", endpoint.definition.value},
                      {"workspaceId", endpoint.workspace.value_or(its.usual_workspace)},
                      {"configuration", std::move(configuration)},
                      {"createdAt", base::to_millis(endpoint.created) / 1000}};
  auto resources = nlohmann::json::parse(endpoint.resources, nullptr, false);
  if (resources.is_object() && !resources.empty()) {
    view["resourceAllocation"] = std::move(resources);
  }
  return view;
}

}  // namespace wharf::api
