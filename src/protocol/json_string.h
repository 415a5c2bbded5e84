#pragma once
// The bytes inside JSON strings: which need a second look, and whether they are UTF-8.

#include <cstddef>
#include <string>
#include <string_view>

namespace wharf::protocol {

/// The first byte in [p, end) that is not plain inside a JSON string: a quote, a backslash, a
/// control character or a byte beyond ASCII; else `end`.
const char* skip_plain(const char* p, const char* end);

/// How many bytes the UTF-8 character at `p` takes; 0 if it is none (overlong forms, encoded
/// surrogates and what lies beyond U+10FFFF included).
std::size_t utf8_length(const char* p, const char* end);

/// Appends a code point as UTF-8; a surrogate becomes U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

/// The same text, each byte that is not UTF-8 replaced by U+FFFD.
std::string repaired_utf8(std::string_view text);

}  // namespace wharf::protocol
