#pragma once

#include <wharf/protocol/spec.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wharf::connectors {

/// Runs a verb of a connector that lives in this binary: `source-file`, {"spec"}. Returns the exit
/// code of the process; 2 if there is no such connector.
int run_builtin(std::string_view name, std::span<const std::string> arguments);

/// What its verb `spec` says, without a process; none if there is no such connector.
std::optional<protocol::ConnectorSpecification> builtin_spec(std::string_view name);

}  // namespace wharf::connectors
