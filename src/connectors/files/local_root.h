#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace wharf::connectors::files {

/// The one directory that outlives a connector in a container: WHARF_LOCAL_ROOT, which the
/// project's own image sets to `/local`. None outside of containers: every directory stays.
inline std::optional<std::string> only_root() {
  const char* root = std::getenv("WHARF_LOCAL_ROOT");
  if (root == nullptr || *root == '\0') return std::nullopt;
  return std::string(root);
}

/// Where a configuration's `/local` lies: there, else where Airbyte's users find it on the host.
inline std::string local_root() {
  return only_root().value_or("/tmp/airbyte_local");
}

}  // namespace wharf::connectors::files
