#include "connectors/source_file/words.h"

#include <algorithm>
#include <cstring>

namespace wharf::connectors::source_file {
namespace {

/// Eight bytes at once: `A` to `Z` become small letters.
std::uint64_t lower_case(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t low_bits = bytes & (0x7F * kEach);
  const std::uint64_t from_a = low_bits + (0x80 - 'A') * kEach;
  const std::uint64_t beyond_z = low_bits + (0x7F - 'Z') * kEach;
  const std::uint64_t capital = (from_a ^ beyond_z) & ~bytes & (0x80 * kEach);
  return bytes | capital >> 2;
}

}  // namespace

Words::Words(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.size() > sizeof(std::uint64_t)) {
      long_.push_back(word);
    } else {
      short_.push_back({lower_case(bytes_of(word)), word.size()});
    }
  }
}

std::uint64_t Words::bytes_of(std::string_view text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data(), text.size());
  return bytes;
}

bool Words::holds(std::string_view text) const {
  if (text.size() <= sizeof(std::uint64_t)) {
    const Short wanted{lower_case(bytes_of(text)), text.size()};
    return std::find(short_.begin(), short_.end(), wanted) != short_.end();
  }
  const auto is_same = [&](const std::string& word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
    });
  };
  return std::any_of(long_.begin(), long_.end(), is_same);
}

}  // namespace wharf::connectors::source_file
