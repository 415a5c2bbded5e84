#pragma once

#include <wharf/protocol/json.h>

#include <optional>
#include <string>

#include "base/ids.h"

namespace wharf::connection {

/// A connector's own word on its configuration (CONTROL CONNECTOR_CONFIG), say a rotated token. It
/// lies over what the declaration says until that changes.
struct Overlay {
  protocol::JsonText config;
  std::string over;  ///< base::fingerprint of the configuration it lies over
};

/// A definition plus a configuration: somewhere to read from.
struct Source {
  base::SourceId id;
  base::DefinitionId definition;
  std::string name;
  protocol::JsonText config = "{}";  ///< as declared; secrets are references
  std::optional<Overlay> overlay;
  std::string managed_by = "file";
  protocol::JsonText resources = "{}";  ///< definition::ScopedResources
};

}  // namespace wharf::connection
