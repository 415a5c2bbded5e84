#pragma once
// A configuration against the schema of its connector.

#include <wharf/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace wharf::protocol {

/// One thing that is wrong with a value: where, by JSON pointer, and what was found and what is
/// allowed, in words for the person who wrote it.
struct SchemaViolation {
  std::string pointer;  ///< `/tunnel/port`; of a missing property its object; the root is ""
  std::string message;  ///< `must be an integer, is a string`

  friend bool operator==(const SchemaViolation&, const SchemaViolation&) = default;
};

/// Everything that is wrong with `value` (JSON) under `schema` (JSON Schema, draft-07): empty if it
/// fits. What a schema says in a way that draft-07 does not know is not asked for: connectors are
/// not all careful. A value is shown in a message only if it is a scalar, and never that of a
/// property marked `airbyte_secret`, nor of one that bears such a property's name elsewhere in the
/// schema.
///
/// Fails if either text is no JSON, or the schema cannot be used at all.
Result<std::vector<SchemaViolation>> check_against_schema(std::string_view value,
                                                          std::string_view schema);

}  // namespace wharf::protocol
