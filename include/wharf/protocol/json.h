#pragma once
// JSON as text. What Wharf only carries (a state blob, a schema, an unknown property) stays the
// text it came as, so that no number loses a digit and no key its place.

#include <string>
#include <utility>
#include <vector>

namespace wharf::protocol {

/// A JSON value as its text, without surrounding white space: `{"offset":8192}`. Never empty where
/// a value is meant; `null` is spelled out.
using JsonText = std::string;

/// Properties an object had and we do not know, in their order: name (unescaped) and value text.
/// They are written again behind the known ones.
using Extra = std::vector<std::pair<std::string, JsonText>>;

}  // namespace wharf::protocol
