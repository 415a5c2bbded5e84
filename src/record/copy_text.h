#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace wharf::record {

template <std::size_t kSize>
[[gnu::always_inline]] inline void copy_part(char* to, const char* from) {
  std::memcpy(to, from, kSize);
}

/// Copies without a call, and with few branches: parts of one size, the last of which overlap.
[[gnu::always_inline]] inline void copy_text(char* to, std::string_view text) {
  const char* from = text.data();
  const std::size_t size = text.size();
  if (size > 16) {
    for (std::size_t at = 0; at < size - 16; at += 16) copy_part<16>(to + at, from + at);
    copy_part<16>(to + size - 16, from + size - 16);
  } else if (size >= 4) {
    const std::size_t second = size / 8 * 4;  // 0, 4 or 8
    copy_part<4>(to, from);
    copy_part<4>(to + second, from + second);
    copy_part<4>(to + size - 4 - second, from + size - 4 - second);
    copy_part<4>(to + size - 4, from + size - 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

}  // namespace wharf::record
