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

inline unsigned count_digits(std::uint64_t value) {
  unsigned count = 1;
  while (true) {
    if (value < 10) return count;
    if (value < 100) return count + 1;
    if (value < 1000) return count + 2;
    if (value < 10000) return count + 3;
    value /= 10000;
    count += 4;
  }
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

/// At most 20 characters.
inline char* write_unsigned(char* to, std::uint64_t value) {
  return write_digits(to, value, count_digits(value));
}

inline char* write_integer(char* to, std::int64_t value) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *to++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_unsigned(to, magnitude);
}

}  // namespace wharf::record
