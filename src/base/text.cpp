#include "base/text.h"

#include <algorithm>

namespace wharf::base {
namespace {

constexpr std::size_t kSecretLeast = 4;

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view clip(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

std::string redact(std::string_view text, std::span<const std::string> secrets) {
  std::vector<std::string_view> longest_first;
  for (const auto& secret : secrets)
    if (secret.size() >= kSecretLeast) longest_first.push_back(secret);
  std::sort(longest_first.begin(), longest_first.end(),
            [](auto a, auto b) { return a.size() > b.size(); });

  std::string masked(text);
  for (auto secret : longest_first)
    for (auto at = masked.find(secret); at != std::string::npos;
         at = masked.find(secret, at + kMask.size()))
      masked.replace(at, secret.size(), kMask);
  return masked;
}

}  // namespace wharf::base
