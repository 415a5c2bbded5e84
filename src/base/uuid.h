#pragma once
// UUIDs as text: by chance, or derived from a name so that a rebuilt machine has the same ones.

#include <string>
#include <string_view>

namespace wharf::base {

/// A random UUID (version 4).
std::string random_uuid();

/// The UUID of `name` within `space`, itself a UUID (version 5, RFC 4122). Always the same.
std::string uuid_of_name(std::string_view space, std::string_view name);

/// The space of everything Wharf names.
inline constexpr std::string_view kWharfSpace = "7a1de3f4-5c3e-5b0c-9a55-3c1f6d0a77c2";

/// A short stable name for a text, for finding it again: 32 hexadecimal digits. Not a signature.
std::string fingerprint(std::string_view text);

}  // namespace wharf::base
