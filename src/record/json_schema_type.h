#pragma once
// A property's JSON Schema ⇄ the type of its column (sync-semantics 1.13, 3.3). Pure.

#include <wharf/record/schema.h>

#include <string_view>

namespace wharf::record {

/// `schema`: checked JSON. What is no object, or has no type, is `any`.
Type type_of_json_schema(std::string_view schema);
/// The property's schema, nullable.
std::string_view json_schema_of(Type type);

}  // namespace wharf::record
