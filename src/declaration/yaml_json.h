#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace YAML {
class Node;
}

namespace wharf::declaration {

/// A YAML node as JSON, keys in their order. Plain scalars get the types of YAML's core schema
/// (`5432` a number, `yes` a string, `~` null), quoted ones are strings. `lines` receives, for each
/// value, its JSON pointer below `pointer` and its line.
nlohmann::ordered_json to_json(const YAML::Node& node, const std::string& pointer,
                               std::map<std::string, int>& lines);

}  // namespace wharf::declaration
