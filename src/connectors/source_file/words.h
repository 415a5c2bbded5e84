#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/source_file/eight_bytes.h"

namespace wharf::connectors::source_file {

/// Words that a text may be, in any case. Given in small letters.
class Words {
 public:
  explicit Words(const std::vector<std::string>& words);

  [[gnu::always_inline]] bool holds(std::string_view text) const {
    if (text.size() > kShort) return holds_long(text);
    const std::vector<std::uint64_t>& words = short_[text.size()];
    const std::uint64_t wanted = lower_case(load_short(text));
    for (const std::uint64_t word : words) {
      if (word == wanted) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kShort = sizeof(std::uint64_t);  // at most so long

  bool holds_long(std::string_view text) const;

  std::array<std::vector<std::uint64_t>, kShort + 1> short_;  // by size, each as one number
  std::vector<std::string> long_;
};

}  // namespace wharf::connectors::source_file
