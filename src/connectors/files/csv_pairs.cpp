#include "connectors/files/csv_pairs.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "connectors/files/byte_places.h"
#include "connectors/files/wide_machine.h"

namespace wharf::connectors::files {
namespace {

/// Writes those of the `count` bytes at `from` that `kept` has a bit for, eight at a time: no
/// branch hangs on where the others stand. Writes up to seven bytes beyond.
[[gnu::always_inline, gnu::target("bmi2,popcnt")]] inline char* keep_bytes(char* to,
                                                                           const char* from,
                                                                           std::size_t count,
                                                                           std::uint64_t kept) {
  constexpr std::uint64_t kLowBits = 0x0101010101010101;
  for (std::size_t at = 0; at < count; at += 8) {
    const std::uint64_t low_bits = _pdep_u64(kept >> at, kLowBits);
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, from + at, sizeof bytes);
    bytes = _pext_u64(bytes, low_bits * 0xFF);
    std::memcpy(to, &bytes, sizeof bytes);
    to += std::popcount(low_bits);
  }
  return to;
}

[[gnu::target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")]] char* copy_pairs_as_one_wide(
    char* to, std::string_view inside, char quote) {
  std::uint64_t halved = 0;  // all bits: the first half of a pair ended the block before
  for (std::size_t at = 0; at < inside.size(); at += 64) {
    const char* from = inside.data() + at;
    const std::size_t count = std::min<std::size_t>(64, inside.size() - at);
    const std::uint64_t quotes = places_of_wide(quote, from);
    const std::uint64_t first_halves = odd_so_far_wide(quotes) ^ halved;
    const std::uint64_t kept = (~quotes | first_halves) & first_bits(count);
    to = keep_bytes(to, from, count, kept);
    halved = 0 - (first_halves >> 63);
  }
  return to;
}

}  // namespace

char* copy_pairs_as_one_plainly(char* to, std::string_view inside, char quote) {
  const __m128i needle = _mm_set1_epi8(quote);
  const char* from = inside.data();
  const char* const end = from + inside.size();
  while (from < end) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const auto quotes = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, needle)));
    const int plain = quotes == 0 ? 16 : std::countr_zero(quotes);
    if (quotes == 0 || plain >= end - from) {
      to += std::min<std::ptrdiff_t>(16, end - from);
      from += 16;
    } else {
      to += plain + 1;
      from += plain + 2;
    }
  }
  return to;
}

char* copy_pairs_as_one(char* to, std::string_view inside, char quote) {
  return (is_wide_machine() ? copy_pairs_as_one_wide : copy_pairs_as_one_plainly)(to, inside,
                                                                                  quote);
}

}  // namespace wharf::connectors::files
