#pragma once
// UTF-8, one character at a time: behind the fast roads, which stop at the first byte that is not
// ASCII.

#include <cstddef>

namespace wharf::record {

/// U+FFFD, which stands for what cannot be read.
inline constexpr char kReplacement[] = "\xEF\xBF\xBD";

/// The length (2 to 4) of the well-formed sequence at `at`, whose first byte is not ASCII; 0 if it
/// is none: overlong, a surrogate, beyond U+10FFFF, cut short.
inline std::size_t utf8_sequence(const char* at, const char* end) {
  auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  auto left = static_cast<std::size_t>(end - at);
  unsigned char lead = byte(0);
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || left < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return 4;
}

/// Writes `point` (not a surrogate) and returns the end of it.
inline char* write_utf8(char* to, unsigned point) {
  if (point < 0x80) {
    *to++ = static_cast<char>(point);
  } else if (point < 0x800) {
    *to++ = static_cast<char>(0xC0 | (point >> 6));
    *to++ = static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    *to++ = static_cast<char>(0xE0 | (point >> 12));
    *to++ = static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    *to++ = static_cast<char>(0x80 | (point & 0x3F));
  } else {
    *to++ = static_cast<char>(0xF0 | (point >> 18));
    *to++ = static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    *to++ = static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    *to++ = static_cast<char>(0x80 | (point & 0x3F));
  }
  return to;
}

}  // namespace wharf::record
