#pragma once

#include <span>
#include <string_view>

namespace wharf::definition {

enum class Kind { source, destination };
std::string_view name_of(Kind kind);  ///< "source", "destination"

/// A connector that lives in this binary: `wharf connector <name> …`. It answers to the definition
/// id, name and image repository that Airbyte's connector of the same kind has.
struct BuiltinDefinition {
  std::string_view name;
  Kind kind;
  std::string_view id;  ///< UUID
  std::string_view airbyte_name;
  std::string_view repository;
  std::string_view summary;
  std::string_view short_name;  ///< the public API's sourceType or destinationType
};

std::span<const BuiltinDefinition> builtin_definitions();
/// By name, short name (where the kind is known), Airbyte's name (without case), definition id or
/// repository; null: not a built-in.
const BuiltinDefinition* find_builtin(Kind kind, std::string_view name);
const BuiltinDefinition* find_builtin(std::string_view name);

}  // namespace wharf::definition
