#include "connectors/files/csv_marks.h"

#include <emmintrin.h>

#include <bit>
#include <cstddef>

namespace wharf::connectors::files {
namespace {

using Needles = __m128i[4];

/// Which of the 64 bytes at `from` equal `needle`, a byte splatted over the register.
[[gnu::always_inline]] inline std::uint64_t equal_to(const char* from, __m128i needle) {
  std::uint64_t mask = 0;
  for (unsigned part = 0; part < 4; ++part) {
    const __m128i bytes =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16 * std::size_t{part}));
    const int hits = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, needle));
    mask |= std::uint64_t{static_cast<std::uint16_t>(hits)} << (16 * part);
  }
  return mask;
}

/// Writes `base` plus the place of every bit; may write eight places beyond. Their end.
[[gnu::always_inline]] inline std::uint32_t* write_bits(std::uint64_t mask, std::size_t base,
                                                        std::uint32_t* out) {
  const auto count = static_cast<std::size_t>(std::popcount(mask));
  // Eight at a time, some of them for nothing: that costs less than guessing when to stop.
  for (std::size_t written = 0; written < count; written += 8) {
    for (std::size_t i = 0; i < 8; ++i) {
      out[written + i] =
          static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(std::countr_zero(mask));
      mask &= mask - 1;
    }
  }
  return out + count;
}

/// The bits below `size`; all of 64 and more.
inline std::uint64_t first_bits(std::size_t size) {
  return size >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
}

[[gnu::always_inline]] inline std::uint32_t* write_places(std::string_view text,
                                                          const Needles& needles,
                                                          std::uint32_t* out) {
  for (std::size_t at = 0; at < text.size(); at += 64) {
    const char* from = text.data() + at;
    std::uint64_t mask = equal_to(from, needles[0]) | equal_to(from, needles[1]) |
                         equal_to(from, needles[2]) | equal_to(from, needles[3]);
    out = write_bits(mask & first_bits(text.size() - at), at, out);
  }
  return out;
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

/// Needles: delimiter, line feed, quote, carriage return.
[[gnu::always_inline]] inline std::uint32_t* write_breaks(std::string_view text,
                                                          const Needles& needles,
                                                          std::uint32_t* out) {
  std::uint64_t inside_before = 0;  // all bits: the block begins inside quotes
  std::uint64_t may_open = 1;       // its first byte may be an opening quote
  std::uint64_t must_close = 0;     // its first byte stands behind a closing one
  for (std::size_t at = 0; at < text.size(); at += 64) {
    const char* from = text.data() + at;
    const std::uint64_t real = first_bits(text.size() - at);
    const std::uint64_t lines = equal_to(from, needles[1]) & real;
    const std::uint64_t breaks = lines | (equal_to(from, needles[0]) & real);
    const std::uint64_t quotes = equal_to(from, needles[2]) & real;
    if ((quotes | inside_before | must_close) == 0) {
      may_open = breaks >> 63;
      out = write_bits(breaks, at, out);
      continue;
    }
    const std::uint64_t inside = odd_so_far(quotes) ^ inside_before;
    const std::uint64_t openers = quotes & inside;
    const std::uint64_t behind_closers = (quotes & ~inside) << 1 | must_close;
    const std::uint64_t next_is_line =
        lines >> 1 | (at + 64 < text.size() && from[64] == '\n' ? std::uint64_t{1} << 63 : 0);
    const std::uint64_t line_ends = equal_to(from, needles[3]) & next_is_line;
    const std::uint64_t may_be_open = (breaks | quotes) << 1 | may_open;
    const std::uint64_t wrong =
        (openers & ~may_be_open) | (behind_closers & real & ~(breaks | quotes | line_ends));
    if (wrong != 0) return nullptr;
    out = write_bits(breaks & ~inside, at, out);
    inside_before = 0 - (inside >> 63);
    may_open = (breaks | quotes) >> 63;
    must_close = (quotes & ~inside) >> 63;
  }
  return out;
}

// Counting and finding bits are single instructions on every x86-64 since 2013, but not on all.
[[gnu::target("popcnt,bmi,lzcnt")]] std::uint32_t* write_places_with_bits(std::string_view text,
                                                                          const Needles& needles,
                                                                          std::uint32_t* out) {
  return write_places(text, needles, out);
}
std::uint32_t* write_places_anywhere(std::string_view text, const Needles& needles,
                                     std::uint32_t* out) {
  return write_places(text, needles, out);
}
[[gnu::target("popcnt,bmi,lzcnt")]] std::uint32_t* write_breaks_with_bits(std::string_view text,
                                                                          const Needles& needles,
                                                                          std::uint32_t* out) {
  return write_breaks(text, needles, out);
}
std::uint32_t* write_breaks_anywhere(std::string_view text, const Needles& needles,
                                     std::uint32_t* out) {
  return write_breaks(text, needles, out);
}
bool has_bits() {
  static const bool has = __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi");
  return has;
}

}  // namespace

std::uint32_t* find_signs(std::string_view text, const CsvSigns& signs, std::uint32_t* out) {
  const Needles needles = {_mm_set1_epi8(signs.delimiter), _mm_set1_epi8('\n'),
                           _mm_set1_epi8(signs.quote), _mm_set1_epi8(signs.escape)};
  return (has_bits() ? write_places_with_bits : write_places_anywhere)(text, needles, out);
}

std::uint32_t* find_breaks(std::string_view text, const CsvSigns& signs, std::uint32_t* out) {
  const Needles needles = {_mm_set1_epi8(signs.delimiter), _mm_set1_epi8('\n'),
                           _mm_set1_epi8(signs.quote), _mm_set1_epi8('\r')};
  return (has_bits() ? write_breaks_with_bits : write_breaks_anywhere)(text, needles, out);
}

}  // namespace wharf::connectors::files
