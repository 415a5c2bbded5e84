#pragma once
// Writing digits: through a pointer into room that the caller has made.

#include <array>
#include <cstdint>
#include <cstring>

namespace wharf::record {

/// "00" to "99", a pair after the other.
inline constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (unsigned i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline char* write_pair(char* to, unsigned below_100) {
  std::memcpy(to, kPairs.data() + 2 * below_100, 2);
  return to + 2;
}

inline char* write_four(char* to, unsigned below_10000) {
  return write_pair(write_pair(to, below_10000 / 100), below_10000 % 100);
}

/// The last `count` digits of `value`, zeros in front.
inline char* write_digits(char* to, std::uint64_t value, unsigned count) {
  char* at = to + count;
  while (at - to >= 2) {
    at -= 2;
    std::memcpy(at, kPairs.data() + 2 * (value % 100), 2);
    value /= 100;
  }
  if (at != to) *to = static_cast<char>('0' + value % 10);
  return to + count;
}

/// The eight digits of a number below 10^8, the first in the lowest byte. Halves, quarters and then
/// single digits are divided side by side in one word, by factors that are exact for so few digits.
constexpr std::uint64_t eight_digits(std::uint64_t below_1e8) {
  const std::uint64_t high = below_1e8 / 10000;
  const std::uint64_t halves = high | (below_1e8 - high * 10000) << 32;
  const std::uint64_t hundreds = (halves * 10486 >> 20) & 0x0000007F'0000007F;
  const std::uint64_t quarters = hundreds | (halves - hundreds * 100) << 16;
  const std::uint64_t tens = (quarters * 103 >> 10) & 0x000F000F'000F000F;
  return tens | (quarters - tens * 10) << 8;
}
inline constexpr std::uint64_t kEightZeros = 0x30303030'30303030;  // as text

inline char* write_eight_digits(char* to, std::uint64_t below_1e8) {
  const std::uint64_t text = eight_digits(below_1e8) + kEightZeros;
  std::memcpy(to, &text, 8);
  return to + 8;
}

/// A number below 10^8, without zeros in front. Takes eight bytes of room however short it is.
inline char* write_short_unsigned(char* to, std::uint64_t below_1e8) {
  const std::uint64_t digits = eight_digits(below_1e8);
  constexpr std::uint64_t kLast = std::uint64_t{1} << 56;  // zero keeps its last digit
  const auto zeros = static_cast<unsigned>(__builtin_ctzll(digits | kLast)) / 8;
  const std::uint64_t text = (digits + kEightZeros) >> zeros * 8;
  std::memcpy(to, &text, 8);
  return to + (8 - zeros);
}

/// A number of nine digits or more.
[[gnu::noinline]] inline char* write_long_unsigned(char* to, std::uint64_t value) {
  constexpr std::uint64_t kEight = 100'000'000;
  if (value < kEight * kEight) {
    to = write_short_unsigned(to, value / kEight);
  } else {
    to = write_short_unsigned(to, value / (kEight * kEight));
    to = write_eight_digits(to, value / kEight % kEight);
  }
  return write_eight_digits(to, value % kEight);
}

/// Takes 20 bytes of room.
inline char* write_unsigned(char* to, std::uint64_t value) {
  return value < 100'000'000 ? write_short_unsigned(to, value) : write_long_unsigned(to, value);
}

/// Takes 21 bytes of room.
inline char* write_integer(char* to, std::int64_t value) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *to++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_unsigned(to, magnitude);
}

}  // namespace wharf::record
