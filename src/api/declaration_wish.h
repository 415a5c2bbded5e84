#pragma once

#include <wharf/error.h>
#include <wharf/protocol/json.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "declaration/declaration.h"

namespace wharf::api {

/// What `wharf diff` and `wharf apply` ask of the daemon.
struct DeclarationWish {
  std::vector<declaration::SourceFile> files;  ///< by their absolute paths
  /// Directories that were given whole: what any file of them declared before is theirs.
  std::vector<std::string> directories;
  std::map<std::string, std::string> secrets;  ///< JSON by name
  bool prune = false;                          ///< delete what these files declare no longer
  bool adopt = false;                          ///< take over what was made by REST
  bool may_use_host = false;                   ///< name programs, files and variables of the host
  bool carry_out = false;                      ///< else nothing is changed
  /// The answer to a diff: what is carried out must be just that, from where things stood then.
  std::optional<protocol::JsonText> plan;
};

/// Fails with invalid_config, a line per problem with file and line, or with conflict. The answer:
/// wharf_routes.h.
using DeclarationTaker = std::function<Result<protocol::JsonText>(const DeclarationWish&)>;

}  // namespace wharf::api
