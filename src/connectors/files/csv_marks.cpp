#include "connectors/files/csv_marks.h"

#include <bit>
#include <cstddef>

#include "connectors/files/byte_places.h"
#include "connectors/files/wide_machine.h"

namespace wharf::connectors::files {
namespace {

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

/// The signs among 64 bytes of a text.
struct Block {
  const char* from;
  std::size_t left;      // of the text, from here on
  std::uint64_t breaks;  // delimiters and line feeds
  std::uint64_t quotes;
  std::uint64_t odd_quotes;  // odd_so_far of quotes
};

/// Whether every bit stands on a CR with an LF behind it.
bool all_end_lines(std::uint64_t bits, const Block& block) {
  for (; bits != 0; bits &= bits - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(bits));
    const bool ends = at + 1 < block.left && block.from[at] == '\r' && block.from[at + 1] == '\n';
    if (!ends) return false;
  }
  return true;
}

/// Walks a text block by block, and knows whether it stands inside quotes.
class QuoteWalk {
 public:
  /// Leaves of the block's breaks those outside quotes. False: a quote stands where none may.
  [[gnu::always_inline]] bool step(Block& block) {
    const std::uint64_t real = first_bits(block.left);
    block.breaks &= real;
    block.quotes &= real;
    if ((block.quotes | inside_before_ | must_close_) == 0) {
      may_open_ = block.breaks >> 63;
      return true;
    }
    const std::uint64_t inside = block.odd_quotes ^ inside_before_;
    const std::uint64_t openers = block.quotes & inside;
    const std::uint64_t closers = block.quotes & ~inside;
    const std::uint64_t signs = block.breaks | block.quotes;
    const std::uint64_t behind_closers = closers << 1 | must_close_;
    const std::uint64_t strays = behind_closers & real & ~signs;
    if ((openers & ~(signs << 1 | may_open_)) != 0) return false;
    if (strays != 0 && !all_end_lines(strays, block)) return false;
    block.breaks &= ~inside;
    inside_before_ = 0 - (inside >> 63);
    may_open_ = signs >> 63;
    must_close_ = closers >> 63;
    return true;
  }

 private:
  std::uint64_t inside_before_ = 0;  // all bits: the block begins inside quotes
  std::uint64_t may_open_ = 1;       // its first byte may be an opening quote
  std::uint64_t must_close_ = 0;     // its first byte stands behind a closing one
};

[[gnu::target("avx2,bmi,popcnt,lzcnt,pclmul")]] std::uint32_t* find_breaks_wide(
    std::string_view text, const CsvSigns& signs, std::uint32_t* out) {
  QuoteWalk walk;
  for (std::size_t at = 0; at < text.size(); at += 64) {
    const char* from = text.data() + at;
    const std::uint64_t breaks = places_of_wide(signs.delimiter, from) | places_of_wide('\n', from);
    const std::uint64_t quotes = places_of_wide(signs.quote, from);
    Block block{from, text.size() - at, breaks, quotes, odd_so_far_wide(quotes)};
    if (!walk.step(block)) return nullptr;
    out = write_bits(block.breaks, at, out);
  }
  return out;
}

[[gnu::target("avx2,bmi,popcnt,lzcnt")]] std::uint32_t* find_signs_wide(std::string_view text,
                                                                        const CsvSigns& signs,
                                                                        std::uint32_t* out) {
  for (std::size_t at = 0; at < text.size(); at += 64) {
    const char* from = text.data() + at;
    const std::uint64_t found = places_of_wide(signs.delimiter, from) | places_of_wide('\n', from) |
                                places_of_wide(signs.quote, from) |
                                places_of_wide(signs.escape, from);
    out = write_bits(found & first_bits(text.size() - at), at, out);
  }
  return out;
}

}  // namespace

std::uint32_t* find_signs_plainly(std::string_view text, const CsvSigns& signs,
                                  std::uint32_t* out) {
  for (std::size_t at = 0; at < text.size(); at += 64) {
    const char* from = text.data() + at;
    const std::uint64_t found = places_of(signs.delimiter, from) | places_of('\n', from) |
                                places_of(signs.quote, from) | places_of(signs.escape, from);
    out = write_bits(found & first_bits(text.size() - at), at, out);
  }
  return out;
}

std::uint32_t* find_breaks_plainly(std::string_view text, const CsvSigns& signs,
                                   std::uint32_t* out) {
  QuoteWalk walk;
  for (std::size_t at = 0; at < text.size(); at += 64) {
    const char* from = text.data() + at;
    const std::uint64_t breaks = places_of(signs.delimiter, from) | places_of('\n', from);
    const std::uint64_t quotes = places_of(signs.quote, from);
    Block block{from, text.size() - at, breaks, quotes, odd_so_far(quotes)};
    if (!walk.step(block)) return nullptr;
    out = write_bits(block.breaks, at, out);
  }
  return out;
}

std::uint32_t* find_signs(std::string_view text, const CsvSigns& signs, std::uint32_t* out) {
  return (is_wide_machine() ? find_signs_wide : find_signs_plainly)(text, signs, out);
}

std::uint32_t* find_breaks(std::string_view text, const CsvSigns& signs, std::uint32_t* out) {
  return (is_wide_machine() ? find_breaks_wide : find_breaks_plainly)(text, signs, out);
}

}  // namespace wharf::connectors::files
