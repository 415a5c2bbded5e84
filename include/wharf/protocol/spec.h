#pragma once
// What a connector says of itself and of a configuration (spec: protocol 1.8, 1.12).

#include <wharf/error.h>
#include <wharf/protocol/catalog.h>
#include <wharf/protocol/json.h>

#include <string>
#include <string_view>
#include <vector>

namespace wharf::protocol {

struct ConnectorSpecification {
  JsonText connection_specification = "{}";  ///< draft-07 schema of the configuration
  std::string documentation_url;
  std::string changelog_url;
  std::string protocol_version;
  bool supports_incremental = false;
  std::vector<DestinationSyncMode> supported_destination_sync_modes;  ///< destinations only
  Extra extra;  ///< advanced_auth and the like
};

struct ConnectionStatus {
  bool succeeded = false;
  std::string message;
};

Result<ConnectorSpecification> parse_spec(std::string_view json);
std::string to_json(const ConnectorSpecification& spec);

}  // namespace wharf::protocol
