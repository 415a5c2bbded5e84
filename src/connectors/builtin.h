#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wharf::connectors {

/// Runs a verb of a connector that lives in this binary: `source-file`, {"spec"}. Returns the exit
/// code of the process; 2 if there is no such connector.
int run_builtin(std::string_view name, std::span<const std::string> arguments);

}  // namespace wharf::connectors
