#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "api/request.h"

namespace wharf::api {

/// Deeper than any real body, and no danger to a thread's stack.
inline constexpr int kJsonDepthMax = 128;

/// The body of a request as JSON, whatever its content type says: curl calls everything a form.
/// No body at all is an empty object (list calls come without one). Throws Refused (422) if it
/// does not parse, goes deeper than `kJsonDepthMax`, or is no object.
nlohmann::json json_body(const Request& request);

/// The same of a text.
nlohmann::json parse_json(std::string_view text);

}  // namespace wharf::api
