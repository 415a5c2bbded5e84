#include "api/configuration_change.h"

#include "api/endpoint_view.h"
#include "api/members.h"
#include "api/problem.h"
#include "connection/sealing.h"
#include "definition/definition_table.h"
#include "protocol/json_schema.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

std::string clear_text(const Services& services, const connection::StoredConfiguration& stored,
                       std::vector<std::string>& secrets) {
  return services.database
      .read([&](sqlite::Connection& store) {
        return connection::clear_configuration(store, services.vault, stored, services.environment,
                                               secrets);
      })
      .value();
}

void require_fit(const std::string& clear, const std::string& schema) {
  const auto violations = protocol::check_against_schema(clear, schema);
  if (!violations || violations->empty()) return;  // an unusable schema: the check will speak
  std::string text = "The configuration does not fit the connector's spec:";
  for (const auto& violation : *violations) {
    text += fmt::format(" {}{}{};", violation.pointer, violation.pointer.empty() ? "it " : " ",
                        violation.message);
  }
  text.back() = '.';
  throw Refused(unprocessable_entity(std::move(text)));
}

}  // namespace

Connectors::Asked asked(const connection::StoredEndpoint& endpoint,
                        const definition::Definition& definition) {
  return {definition, fmt::format("{} '{}'", definition::name_of(endpoint.kind), endpoint.name)};
}

definition::Definition definition_of(sqlite::Connection& store,
                                     const connection::StoredEndpoint& endpoint) {
  return definition::definition_table::get(store, endpoint.definition).value();
}

const char* resource_of(definition::Kind kind) {
  return kind == definition::Kind::source ? "SOURCE_CONNECTION" : "DESTINATION_CONNECTION";
}

KnownEndpoint known_endpoint(const Services& services, definition::Kind kind,
                             const std::string& id) {
  auto found =
      services.database.read([&](sqlite::Connection& store) -> std::optional<KnownEndpoint> {
        auto endpoint = connection::endpoint_table::get(store, kind, id);
        if (!endpoint) return std::nullopt;
        auto definition = definition_of(store, *endpoint);
        return KnownEndpoint{std::move(*endpoint), std::move(definition)};
      });
  if (!found) throw Refused(resource_not_found(resource_of(kind), id));
  return std::move(*found);
}

protocol::JsonText present_configuration(const Services& services,
                                         const connection::StoredEndpoint& endpoint) {
  std::vector<std::string> secrets;
  return endpoint.overlay ? clear_text(services, endpoint.configuration(), secrets)
                          : endpoint.config;
}

protocol::JsonText fitting_configuration(const Services& services,
                                         const connection::StoredEndpoint& endpoint,
                                         const definition::Definition& definition,
                                         const nlohmann::json& given) {
  const auto spec = services.connectors.spec(asked(endpoint, definition)).value();
  nlohmann::json bare = given;
  bare.erase(std::string(type_key(endpoint.kind)));
  auto kept = connection::with_kept_secrets(dump(bare), present_configuration(services, endpoint),
                                            spec.connection_specification);
  if (!kept) throw Refused(unprocessable_entity(kept.error().message));
  auto trial = endpoint.configuration();
  trial.config = *kept;
  trial.overlay.reset();
  std::vector<std::string> secrets;
  require_fit(clear_text(services, trial, secrets), spec.connection_specification);
  return std::move(*kept);
}

void put_endpoint(sqlite::Transaction& transaction, const Services& services,
                  connection::StoredEndpoint endpoint, const protocol::JsonText& config,
                  const protocol::JsonText& schema) {
  endpoint.config = connection::seal_configuration(transaction, services.vault,
                                                   endpoint.configuration(), config, schema);
  connection::endpoint_table::put(transaction, endpoint, services.clock.wall());
}

}  // namespace wharf::api
