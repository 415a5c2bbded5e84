#pragma once

#include <string>
#include <string_view>

namespace wharf::declaration {

/// The id that a declaration's `source`, `destination` or `connection` of this name has, unless it
/// says another one: always the same, so that a rebuilt machine keeps its ids, and with them its
/// states.
std::string declared_id(std::string_view kind, std::string_view name);

/// Whether a text is a UUID in its usual form, small letters.
bool is_uuid(std::string_view text);

}  // namespace wharf::declaration
