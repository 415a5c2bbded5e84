#include "connectors/files/csv_scanner.h"

#include <emmintrin.h>

#include <bit>
#include <cstring>

#include "connectors/files/csv_marks.h"
#include "connectors/files/csv_pairs.h"

namespace wharf::connectors::files {
namespace {

/// Copies `size` bytes; may write (and read) up to 15 more.
inline char* copy_loosely(char* to, const char* from, std::size_t size) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  if (size > 16) std::memcpy(to + 16, from + 16, size - 16);
  return to + size;
}

/// Whether `c` stands in `text`; reads up to 15 bytes beyond. Mostly soon, if at all.
inline bool has_early(std::string_view text, char c) {
  const __m128i needle = _mm_set1_epi8(c);
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto places = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, needle)));
    if (places != 0) return std::countr_zero(places) < end - at;
  }
  return false;
}

/// Makes `field` one of a regular text, which begins and ends there.
[[gnu::always_inline]] inline void set_regular(CsvField& field, const char* begin, const char* end,
                                               char quote) {
  field.begin = begin;
  field.size = static_cast<std::uint32_t>(end - begin);
  field.quoted = field.tailed = field.escaped = false;
  if (begin == end || *begin != quote) return;
  const std::string_view inside(begin + 1, field.size - 2);
  field.quoted = true;
  field.escaped = has_early(inside, quote);
  if (!field.escaped) {
    field.begin = inside.data();
    field.size -= 2;
  }
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
  const std::uint32_t* out = find_signs(text_, signs(), marks_.get());
  marks_size_ = static_cast<std::size_t>(out - marks_.get());
}

/// False: the text, or the dialect, is not regular.
bool CsvScanner::find_regular_marks() {
  const bool plain = has_quote_ && dialect_.double_quote && !dialect_.escape &&
                     dialect_.comment.empty() && dialect_.delimiter != '\r' && quote_ != '\r';
  if (!plain || (whole_ && !text_.ends_with('\n'))) return false;
  const std::uint32_t* out = find_breaks(text_, signs(), marks_.get());
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
  const bool begins_row = at_ != text_.data() + text_.size() && *at_ != '\n' && *at_ != '\r' &&
                          dialect_.comment.empty();
  if (!begins_row && !skip_what_is_no_row()) return Step::incomplete;
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
  const std::uint32_t* mark = marks_.get() + mark_;
  const std::uint32_t* const last = marks_.get() + marks_size_;
  const char* const text = text_.data();
  const char quote = quote_;
  const char* begin = at_;
  CsvField* field = row.data();  // the row before had as many, mostly
  const CsvField* room = field + row.size();
  for (; mark != last; ++mark, ++field) {
    if (field == room) {
      const std::size_t fields = row.size();
      row.emplace_back();
      field = row.data() + fields;
      room = field + 1;
    }
    const char* const place = text + *mark;
    if (*place == '\n') {
      const bool after_cr = place != begin && place[-1] == '\r';
      set_regular(*field, begin, after_cr ? place - 1 : place, quote);
      if (field + 1 != room) row.resize(static_cast<std::size_t>(field + 1 - row.data()));
      at_ = place + 1;
      mark_ = static_cast<std::size_t>(mark + 1 - marks_.get());
      return Step::row;
    }
    set_regular(*field, begin, place, quote);
    begin = place + 1;
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
    const std::string_view inside(field.begin + 1, field.size - 2);
    return static_cast<std::size_t>(copy_pairs_as_one(out, inside, quote_) - out);
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
