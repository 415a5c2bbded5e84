#pragma once
// How a source or a destination is shown.

#include "api/connectors.h"
#include "api/request.h"
#include "connection/endpoint_table.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace wharf::api {

/// `sourceType` or `destinationType`: the key inside a configuration that names the connector.
std::string_view type_key(definition::Kind kind);
/// What stands under it: `postgres`; empty for connectors that Airbyte has no short name for.
std::string short_name(const definition::Definition& definition);

/// Whether the client that asks cannot read a configuration without its type key: some releases of
/// the Python SDK.
bool wants_type_key(definition::Kind kind, std::string_view user_agent);

struct EndpointView {
  const definition::Definition& definition;
  std::optional<protocol::JsonText> schema;  ///< of the connector's spec, where it is known
  std::string usual_workspace;
};
/// A Source or a Destination of the public API, secrets masked.
nlohmann::json to_json(const connection::StoredEndpoint& endpoint, const EndpointView& view,
                       const Request& request);

}  // namespace wharf::api
