#pragma once

#include <wharf/error.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace wharf::declaration {

/// JSON as YAML that people read and edit: blocks, keys in their order, short lists in a line.
/// Texts that YAML would take for something else are quoted: reading it gives the same JSON.
std::string to_yaml(const nlohmann::ordered_json& json);

/// The other direction, as JSON text. Fails with invalid_config, naming the line.
Result<std::string> from_yaml(const std::string& text);

}  // namespace wharf::declaration
