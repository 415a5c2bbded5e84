#pragma once
// Secrets that are shown once and kept as a hash. Each has 190 bits of chance and more, so a plain
// SHA-256 is enough: there is nothing to guess.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace wharf::api {

using SecretHash = std::array<unsigned char, 32>;

SecretHash hash_of(std::string_view secret);

/// Takes the same time wherever the two differ.
bool same_hash(const SecretHash& left, const SecretHash& right);

/// `count` random letters and digits, from the system's source of chance.
std::string random_secret(std::size_t count);

}  // namespace wharf::api
