#pragma once
// Small acts on text.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::base {

/// The parts between separators; `split("a,,b", ',')` has three, `split("", ',')` one empty.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Without white space at both ends.
std::string_view trim(std::string_view text);

/// ASCII letters made small.
std::string to_lower(std::string_view text);

/// At most `limit` bytes, cut between two UTF-8 characters.
std::string_view clip(std::string_view text, std::size_t limit);

/// What stands in the place of a secret.
inline constexpr std::string_view kMask = "**********";

/// The text with every occurrence of every secret masked, longest secrets first. Secrets shorter
/// than four bytes are left alone: masking them would bend every line and hide nothing.
std::string redact(std::string_view text, std::span<const std::string> secrets);

}  // namespace wharf::base
