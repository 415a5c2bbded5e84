#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wharf::docker {

/// Base64 for headers and URLs (`-` and `_`), padded.
std::string to_base64_url(std::string_view bytes);
/// Plain base64, its padding optional; none where a character is off.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace wharf::docker
