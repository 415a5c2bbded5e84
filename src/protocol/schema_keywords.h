#pragma once
// What of a connector's schema can be asked for.

#include <nlohmann/json_fwd.hpp>

namespace wharf::protocol {

struct SchemaLimits {
  bool patterns = true;  ///< false: patterns are not asked for
};

/// Takes out of `schema`, at every depth, each keyword whose value draft-07 does not allow there
/// (`"required": true` and other spellings of older drafts), patterns that are no regular
/// expression of ECMAScript, references beyond the schema itself, and formats. What is left is well
/// formed.
void keep_usable_keywords(nlohmann::json& schema, const SchemaLimits& limits);

}  // namespace wharf::protocol
