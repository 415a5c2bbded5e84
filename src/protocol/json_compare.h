#pragma once
// Whether two JSON texts say the same.

#include <string_view>

namespace wharf::protocol {

/// Both are valid JSON. White space, the order of members, escapes and the spelling of numbers
/// (1.0, 1, 1e0) make no difference; every digit does. Of members of one name the last counts.
bool same_json(std::string_view a, std::string_view b);

}  // namespace wharf::protocol
