#pragma once
// Where in 64 bytes those of one kind stand, as the bits of a number, the first byte's lowest.
// What ends in `_wide` is for wide machines (wide_machine.h).

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace wharf::connectors::files {

/// Which of the 64 bytes at `from` are `wanted`.
[[gnu::always_inline]] inline std::uint64_t places_of(char wanted, const char* from) {
  const __m128i needle = _mm_set1_epi8(wanted);
  std::uint64_t places = 0;
  for (unsigned part = 0; part < 4; ++part) {
    const __m128i bytes =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16 * std::size_t{part}));
    const int hits = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, needle));
    places |= std::uint64_t{static_cast<std::uint16_t>(hits)} << (16 * part);
  }
  return places;
}

[[gnu::always_inline, gnu::target("avx2")]] inline std::uint32_t places_in_half_wide(
    __m256i needle, const char* from) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, needle)));
}
[[gnu::always_inline, gnu::target("avx2")]] inline std::uint64_t places_of_wide(char wanted,
                                                                                const char* from) {
  const __m256i needle = _mm256_set1_epi8(wanted);
  return places_in_half_wide(needle, from) | std::uint64_t{places_in_half_wide(needle, from + 32)}
                                                 << 32;
}

/// Each bit: whether the number of bits up to it, itself included, is odd.
[[gnu::always_inline]] inline std::uint64_t odd_so_far(std::uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  return bits ^ bits << 32;
}

/// A product without carries by ones alone is just that.
[[gnu::always_inline, gnu::target("pclmul")]] inline std::uint64_t odd_so_far_wide(
    std::uint64_t bits) {
  const __m128i product =
      _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(bits)), _mm_set1_epi8(-1), 0);
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

/// The bits below `size`; all of 64 and more.
inline std::uint64_t first_bits(std::size_t size) {
  return size >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
}

}  // namespace wharf::connectors::files
