#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "secret/key.h"

namespace wharf::secret {

/// A text encrypted and signed (AES-256-GCM): version, nonce, ciphertext, tag.
using Sealed = std::vector<std::byte>;

/// Seals `text` under a nonce of its own. `place` goes into the signature: what is sealed opens
/// there and nowhere else. Throws if OpenSSL fails.
Sealed seal(const Key& key, std::string_view place, std::string_view text);

/// What was sealed. None if one bit of it, the place or the key is another.
std::optional<std::string> open(const Key& key, std::string_view place,
                                std::span<const std::byte> sealed);

}  // namespace wharf::secret
