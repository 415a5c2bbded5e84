#pragma once
// Eight characters at once, as the bytes of one number, the first lowest.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace wharf::connectors::source_file {

/// The byte `c`, eight times.
constexpr std::uint64_t eight_of(unsigned char c) {
  return c * std::uint64_t{0x0101010101010101};
}

inline std::uint64_t load_eight(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

/// `text`, of at most eight characters, with zeros behind it. Nothing beyond it is read: its parts
/// overlap, and agree where they do.
[[gnu::always_inline]] inline std::uint64_t load_short(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return std::uint64_t{static_cast<unsigned char>(text[at])} << (8 * at);
  };
  const std::size_t size = text.size();
  if (size == 8) return load_eight(text.data());
  if (size >= 4) {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::memcpy(&first, text.data(), sizeof first);
    std::memcpy(&last, text.data() + size - sizeof last, sizeof last);
    return first | std::uint64_t{last} << (8 * (size - sizeof last));
  }
  return size == 0 ? 0 : byte(0) | byte(size / 2) | byte(size - 1);
}

/// With `A` to `Z` as small letters.
constexpr std::uint64_t lower_case(std::uint64_t bytes) {
  const std::uint64_t low_bits = bytes & eight_of(0x7F);
  const std::uint64_t from_a = low_bits + eight_of(0x80 - 'A');
  const std::uint64_t beyond_z = low_bits + eight_of(0x7F - 'Z');
  const std::uint64_t capital = (from_a ^ beyond_z) & ~bytes & eight_of(0x80);
  return bytes | capital >> 2;
}

/// Of characters less `'0'`: the high bit of each byte that is no digit (0 to 9). Bytes behind such
/// a one may be flagged too.
constexpr std::uint64_t flags_of_no_digits(std::uint64_t bytes) {
  return ((bytes + eight_of(0x80 - 10)) | bytes) & eight_of(0x80);
}

/// The number that eight digits say, each a byte from 0 to 9, the first the most.
[[gnu::always_inline]] constexpr std::uint64_t number_of_digits(std::uint64_t digits) {
  digits = (digits * 10 + (digits >> 8)) & 0x00FF00FF00FF00FF;
  digits = (digits * 100 + (digits >> 16)) & 0x0000FFFF0000FFFF;
  return (digits * 10'000 + (digits >> 32)) & 0x00000000FFFFFFFF;
}

}  // namespace wharf::connectors::source_file
