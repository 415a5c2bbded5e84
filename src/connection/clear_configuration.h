#pragma once

#include "connection/destination.h"
#include "connection/references.h"
#include "connection/source.h"
#include "secret/vault.h"

#include <string>
#include <vector>

namespace wharf::connection {

/// What a connector is given: a configuration with its secrets in clear, for its file only.
struct StoredConfiguration {
  std::string owner;  ///< id of the source or destination
  protocol::JsonText config;
  std::optional<Overlay> overlay;
  bool is_declared = false;  ///< comes from a file of this host, and may refer to it
};
StoredConfiguration stored_configuration(const Source& source);
StoredConfiguration stored_configuration(const Destination& destination);

/// The one place where secrets come out of the store. A declared configuration may refer to the
/// host (`${env:…}`, `${file:…}`); one that came by REST says those words as they are. A reference
/// to the vault leads only to what belongs to the owner. An overlay goes before everything. Each
/// secret is added to `secrets`, so that logs can mask it. Fails with invalid_config if a reference
/// leads nowhere, with environment if the vault's key is not the one.
Result<protocol::JsonText> clear_configuration(sqlite::Connection& store,
                                               const secret::Vault& vault,
                                               const StoredConfiguration& stored,
                                               const Environment& environment,
                                               std::vector<std::string>& secrets);

/// Where an overlay is kept, sealed as a whole: it may hold a rotated token.
std::string overlay_coordinate(const std::string& owner);

}  // namespace wharf::connection
