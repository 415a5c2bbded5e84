#include "connectors/files/csv_scanner.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

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

/// Writes the places of all needles in `text`; `out` has room for text.size() + 64. Their end.
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

/// Writes the places of delimiters and line ends outside quotes (needles: delimiter, line feed,
/// quote, carriage return). Null if a quote stands elsewhere than RFC 4180 wants it: quotes open at
/// the begin of a field and close at its end; between them they come in pairs.
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

/// Copies what stands between quotes, each pair of them as one; reads and writes up to 15 bytes
/// beyond.
char* copy_pairs_as_one(char* to, const char* from, const char* end, char quote) {
  const __m128i needle = _mm_set1_epi8(quote);
  while (from < end) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const auto quotes = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, needle)));
    const int plain = quotes == 0 ? 16 : __builtin_ctz(quotes);
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

/// Copies `size` bytes; may write (and read) up to 15 more.
inline char* copy_loosely(char* to, const char* from, std::size_t size) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  if (size > 16) std::memcpy(to + 16, from + 16, size - 16);
  return to + size;
}

}  // namespace

CsvScanner::CsvScanner(CsvDialect dialect)
    : dialect_(std::move(dialect)),
      quote_(dialect_.quote.value_or('\n')),
      has_quote_(dialect_.quote.has_value()) {
  if (dialect_.escape && dialect_.escape == dialect_.quote) {  // another way to say it
    dialect_.double_quote = true;
    dialect_.escape.reset();
  }
}

void CsvScanner::set_text(std::string_view text, bool whole) {
  text_ = text;
  whole_ = whole;
  at_ = row_begin_ = text.data();
  find_marks();
}

void CsvScanner::make_marks_room() {
  // Every byte can be a mark; pages that no mark reaches are never touched.
  if (marks_room_ >= text_.size() + 64) return;
  marks_room_ = text_.size() + 64;
  marks_ = std::make_unique_for_overwrite<std::uint32_t[]>(marks_room_);
}

void CsvScanner::find_marks() {
  make_marks_room();
  mark_ = 0;
  regular_ = find_regular_marks();
  if (!regular_) find_all_marks();
}

void CsvScanner::find_all_marks() {
  const Needles needles = {_mm_set1_epi8(dialect_.delimiter), _mm_set1_epi8('\n'),
                           _mm_set1_epi8(quote_), _mm_set1_epi8(dialect_.escape.value_or('\n'))};
  const std::uint32_t* out =
      (has_bits() ? write_places_with_bits : write_places_anywhere)(text_, needles, marks_.get());
  marks_size_ = static_cast<std::size_t>(out - marks_.get());
}

/// False: the text, or the dialect, is not regular.
bool CsvScanner::find_regular_marks() {
  const bool plain = has_quote_ && dialect_.double_quote && !dialect_.escape &&
                     dialect_.comment.empty() && dialect_.delimiter != '\r';
  if (!plain || (whole_ && !text_.ends_with('\n'))) return false;
  const Needles needles = {_mm_set1_epi8(dialect_.delimiter), _mm_set1_epi8('\n'),
                           _mm_set1_epi8(quote_), _mm_set1_epi8('\r')};
  const std::uint32_t* out =
      (has_bits() ? write_breaks_with_bits : write_breaks_anywhere)(text_, needles, marks_.get());
  if (out == nullptr) return false;
  marks_size_ = static_cast<std::size_t>(out - marks_.get());
  // Then the text ends inside quotes: so does the file, or the row that is not whole.
  return !whole_ || (marks_size_ != 0 && marks_[marks_size_ - 1] + 1 == text_.size());
}

void CsvScanner::drop_marks_before(const char* place) {
  const auto offset = static_cast<std::uint32_t>(place - text_.data());
  while (mark_ < marks_size_ && marks_[mark_] < offset) ++mark_;
}

bool CsvScanner::skip_line() {
  const char* end = text_.data() + text_.size();
  if (at_ == end) return false;
  if (regular_) {  // the line's quotes are not to be counted
    regular_ = false;
    find_all_marks();
    mark_ = 0;
    drop_marks_before(at_);
  }
  const void* found = std::memchr(at_, '\n', static_cast<std::size_t>(end - at_));
  if (found == nullptr && !whole_) return false;
  at_ = found == nullptr ? end : static_cast<const char*>(found) + 1;
  drop_marks_before(at_);
  return found != nullptr;
}

/// Empty lines and comments. False: the text is used up, or ends inside such a line.
bool CsvScanner::skip_what_is_no_row() {
  const char* end = text_.data() + text_.size();
  while (at_ != end) {
    const std::string_view rest(at_, static_cast<std::size_t>(end - at_));
    if (rest[0] == '\n' || rest.starts_with("\r\n")) {
      at_ += rest[0] == '\n' ? 1 : 2;
      ++mark_;
    } else if (rest.size() == 1 && rest[0] == '\r' && !whole_) {
      return false;
    } else if (dialect_.comment.empty()) {
      return true;
    } else if (rest.size() < dialect_.comment.size() && !whole_) {
      return false;
    } else if (!rest.starts_with(dialect_.comment)) {
      return true;
    } else if (!skip_line()) {
      return false;
    }
  }
  return false;
}

CsvScanner::Step CsvScanner::next(std::vector<CsvField>& row) {
  if (!skip_what_is_no_row()) return Step::incomplete;
  row_begin_ = at_;
  if (regular_) return next_regular(row);
  row.clear();
  const std::size_t first_mark = mark_;
  const char* const text = text_.data();
  const char* begin = at_;
  for (;;) {
    CsvField field{begin, 0, false, false, false, static_cast<std::uint32_t>(mark_)};
    const char* end = nullptr;  // of the field: a delimiter, a line end, or the end of the file
    const char* place = mark_ < marks_size_ ? text + marks_[mark_] : nullptr;
    if (place != nullptr && *place == dialect_.delimiter) {
      end = place;  // what most fields are
      field.size = static_cast<std::uint32_t>(place - begin);
      ++mark_;
    } else if (place == begin && *place == quote_ && has_quote_) {
      const Step step = quoted_field(field, end);
      if (step != Step::row) {
        mark_ = first_mark;
        return step;
      }
    } else if (!plain_field(field, end)) {
      mark_ = first_mark;
      return Step::incomplete;
    }
    row.push_back(field);
    if (end == text + text_.size()) {
      at_ = end;
      return Step::row;
    }
    begin = end + 1;
    if (*end == '\n') {
      at_ = begin;
      return Step::row;
    }
  }
}

CsvScanner::Step CsvScanner::next_regular(std::vector<CsvField>& row) {
  std::size_t fields = 0;  // the row before had as many, mostly
  const std::uint32_t* mark = marks_.get() + mark_;
  const std::uint32_t* const last = marks_.get() + marks_size_;
  const char* const text = text_.data();
  for (const char* begin = at_; mark != last;) {
    const char* const place = text + *mark++;
    const bool is_last = *place == '\n';
    const char* end = is_last && place != begin && place[-1] == '\r' ? place - 1 : place;
    if (fields == row.size()) row.emplace_back();
    CsvField& field = row[fields++];
    field = {begin, static_cast<std::uint32_t>(end - begin), false, false, false, 0};
    if (begin != end && *begin == quote_) {
      field.quoted = true;
      const auto inner = static_cast<std::size_t>(field.size - 2);
      field.escaped = std::memchr(begin + 1, quote_, inner) != nullptr;
      if (!field.escaped) {
        ++field.begin;
        field.size -= 2;
      }
    }
    begin = place + 1;
    if (!is_last) continue;
    row.resize(fields);
    at_ = begin;
    mark_ = static_cast<std::size_t>(mark - marks_.get());
    return Step::row;
  }
  return Step::incomplete;
}

/// With mark_ on an escape character: takes it and what it escapes. False: the text ends behind it.
bool CsvScanner::take_escape() {
  const std::uint32_t escaped = marks_[mark_++] + 1;
  if (escaped >= text_.size()) return whole_;
  if (mark_ < marks_size_ && marks_[mark_] == escaped) ++mark_;
  return true;
}

bool CsvScanner::plain_field(CsvField& field, const char*& end) {
  for (;; ++mark_) {
    if (mark_ == marks_size_) {
      if (!whole_) return false;
      end = text_.data() + text_.size();
      field.size = static_cast<std::uint32_t>(end - field.begin);
      return true;
    }
    const char* place = text_.data() + marks_[mark_];
    if (is_break(*place)) {
      ++mark_;
      end = place;
      field.size = static_cast<std::uint32_t>(place - field.begin);
      if (*place == '\n' && field.size != 0 && place[-1] == '\r') --field.size;
      return true;
    }
    if (dialect_.escape && *place == *dialect_.escape) {
      field.escaped = true;
      if (!take_escape()) return false;
      --mark_;  // the loop's step
    }
  }
}

/// With mark_ on the opening quote.
CsvScanner::Step CsvScanner::quoted_field(CsvField& field, const char*& end) {
  const Step at_text_end = whole_ ? Step::unclosed : Step::incomplete;
  const char* const text = text_.data();
  const char* const inside = text + marks_[mark_++] + 1;
  const char* closing = nullptr;
  while (closing == nullptr) {
    if (mark_ == marks_size_) return at_text_end;
    const std::uint32_t place = marks_[mark_];
    if (text[place] != quote_) {
      if (dialect_.escape && text[place] == *dialect_.escape) {
        field.escaped = true;
        if (!take_escape()) return at_text_end;
      } else {
        ++mark_;
      }
      continue;
    }
    ++mark_;
    if (dialect_.double_quote && mark_ < marks_size_ && marks_[mark_] == place + 1 &&
        text[place + 1] == quote_) {
      field.escaped = true;
      ++mark_;
      continue;
    }
    closing = text + place;
  }
  // A quote at the end of the text may be the first of two.
  const char* behind = closing + 1;
  if (mark_ == marks_size_ && !whole_) return Step::incomplete;
  const char* stop = mark_ == marks_size_ ? text + text_.size() : text + marks_[mark_];
  const bool at_break = stop == behind || (stop == behind + 1 && *behind == '\r' &&
                                           mark_ != marks_size_ && *stop == '\n');
  field.quoted = true;
  if (at_break && (mark_ == marks_size_ || is_break(*stop))) {
    if (mark_ != marks_size_) ++mark_;
    end = stop;
    if (!field.escaped) field.begin = inside;
    field.size = static_cast<std::uint32_t>(closing + (field.escaped ? 1 : 0) - field.begin);
    return Step::row;
  }
  field.escaped = field.tailed = true;
  return plain_field(field, end) ? Step::row : Step::incomplete;
}

std::size_t CsvScanner::unescape(const CsvField& field, char* out) const {
  if (field.quoted && !field.tailed && !dialect_.escape) {
    const char* const closing = field.begin + field.size - 1;
    return static_cast<std::size_t>(copy_pairs_as_one(out, field.begin + 1, closing, quote_) - out);
  }
  const char* text = text_.data();
  const char* const begin = out;
  const char* from = field.begin;
  const char* const field_end = field.begin + field.size;
  std::size_t mark = field.special;
  bool inside = false;  // of quotes
  if (field.quoted) {
    inside = true;
    ++from;
    ++mark;
  }
  // From mark to mark: what is between is copied, a pair gives its second character.
  for (; mark < marks_size_; ++mark) {
    const char* place = text + marks_[mark];
    if (place >= field_end) break;
    const bool escapes = dialect_.escape && *place == *dialect_.escape;
    const bool quotes = inside && has_quote_ && *place == quote_;
    if (!escapes && !quotes) continue;
    out = copy_loosely(out, from, static_cast<std::size_t>(place - from));
    from = place + 1;
    if (!escapes) {
      const bool twice = dialect_.double_quote && from < field_end && *from == quote_;
      if (!twice) {
        inside = false;
        continue;
      }
    } else if (from == field_end) {
      *out++ = *place;  // nothing to escape: it stands for itself
      break;
    }
    *out++ = *from++;
    if (mark + 1 < marks_size_ && text + marks_[mark + 1] < from) ++mark;
  }
  if (from < field_end) out = copy_loosely(out, from, static_cast<std::size_t>(field_end - from));
  return static_cast<std::size_t>(out - begin);
}

}  // namespace wharf::connectors::files
