#pragma once

#include "connection/source.h"

namespace wharf::connection {

/// A definition plus a configuration: somewhere to write to.
struct Destination {
  base::DestinationId id;
  base::DefinitionId definition;
  std::string name;
  protocol::JsonText config = "{}";  ///< as declared; secrets are references
  std::optional<Overlay> overlay;
  std::string managed_by = "file";
  protocol::JsonText resources = "{}";  ///< definition::ScopedResources
};

}  // namespace wharf::connection
