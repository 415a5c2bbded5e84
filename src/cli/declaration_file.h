#pragma once

#include "declaration/declaration.h"

#include <string>
#include <vector>

namespace wharf::cli {

/// Reads a declaration; throws Failure (invalid_config) with every problem, a line each.
declaration::Declaration read_declaration(const std::string& path);

/// Throws Failure (not_found), naming the nearest one, for a connection that is not declared.
void require_connections(const declaration::Declaration& declaration,
                         const std::vector<std::string>& names);

}  // namespace wharf::cli
