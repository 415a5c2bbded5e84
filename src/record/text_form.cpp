#include <wharf/record/text_form.h>

#include <emmintrin.h>

#include <algorithm>
#include <array>

#include "record/digits.h"
#include "record/json_scan.h"
#include "record/number_form.h"
#include "record/time_form.h"
#include "record/utf8.h"

namespace wharf::record {
namespace {

/// What a vector may write beyond the text, and its quotes.
constexpr std::size_t kSlack = 256;

char* write_escape(char* to, char c) {
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *to++ = c;
      return to;
    case '\b':
      *to++ = 'b';
      return to;
    case '\f':
      *to++ = 'f';
      return to;
    case '\n':
      *to++ = 'n';
      return to;
    case '\r':
      *to++ = 'r';
      return to;
    case '\t':
      *to++ = 't';
      return to;
    default: {
      constexpr char kHex[] = "0123456789abcdef";
      auto byte = static_cast<unsigned char>(c);
      std::memcpy(to, "u00", 3);
      to[3] = kHex[byte >> 4];
      to[4] = kHex[byte & 15];
      return to + 5;
    }
  }
}

/// Writes the special character at `from`: an escape, or one beyond ASCII. At most six bytes.
const char* write_special(const char* from, const char* end, char*& to) {
  if (*from == '"' || *from == '\\') {
    to[0] = '\\';
    to[1] = *from;
    to += 2;
    return from + 1;
  }
  if (static_cast<signed char>(*from) >= 0) {
    to = write_escape(to, *from);
    return from + 1;
  }
  const std::size_t size = utf8_sequence(from, end);
  std::memcpy(to, size == 0 ? kReplacement : from, size == 0 ? 3 : size);
  to += size == 0 ? 3 : size;
  return from + (size == 0 ? 1 : size);
}

/// Copies a text of one to two halves if all its bytes stand for themselves: its front and its
/// back, which may overlap.
template <class Half>
bool copy_plain_halves(const char* from, std::size_t size, char* to) {
  std::array<Half, 16 / sizeof(Half)> halves;
  std::memcpy(&halves[0], from, sizeof(Half));
  std::memcpy(&halves[1], from + size - sizeof(Half), sizeof(Half));
  for (std::size_t i = 2; i < halves.size(); ++i) halves[i] = halves[i - 2];
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(halves.data()));
  if (json::special_bytes(bytes) != 0) return false;
  std::memcpy(to, &halves[0], sizeof(Half));
  std::memcpy(to + size - sizeof(Half), &halves[1], sizeof(Half));
  return true;
}

/// Copies at most 16 bytes if all of them stand for themselves.
bool copy_plain(const char* from, std::size_t size, char* to) {
  if (size >= 8) return copy_plain_halves<std::uint64_t>(from, size, to);
  if (size >= 4) return copy_plain_halves<std::uint32_t>(from, size, to);
  for (std::size_t i = 0; i < size; ++i) {
    if (json::is_special(from[i])) return false;
    to[i] = from[i];
  }
  return true;
}

/// Writes sixteen bytes, escaped; what stands behind them up to `end`, sixteen more at least, is
/// looked at too. Gives where it ended: beyond them, if a sequence of several bytes goes on there.
inline const char* write_block(const char* from, const char* end, char*& to) {
  const char* const next = from + 16;
  __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  // All go over as they are, and again from behind each special one, over what follows it.
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  for (unsigned special = json::special_bytes(bytes); special != 0; special &= special - 1) {
    const char* found = next - 16 + __builtin_ctz(special);
    if (found < from) continue;  // within a sequence that has gone over
    to += found - from;
    from = found + 1;
    if (*found == '"' || *found == '\\') {
      to[0] = '\\';
      to[1] = *found;
      to += 2;
    } else {
      from = write_special(found, end, to);
      if (from >= next) return from;
    }
    bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  }
  to += next - from;
  return next;
}

/// Writes less than 32 bytes, escaped. They are copied to where blocks can be read beyond them.
char* write_rest(const char* from, std::size_t size, char* to) {
  alignas(16) char rest[64];
  const __m128i spaces = _mm_set1_epi8(' ');
  for (int i = 0; i < 64; i += 16) _mm_store_si128(reinterpret_cast<__m128i*>(rest + i), spaces);
  std::memcpy(rest, from, size);
  const char* end = rest + size;
  const char* at = rest;
  while (at < end) at = write_block(at, end, to);
  return to - (at - end);  // without the spaces
}

void append_quoted_time(Buffer& out, const Value& value) {
  char* to = out.room(kTimeChars);
  *to++ = '"';
  to = write_time(to, value);
  *to++ = '"';
  out.advance(to);
}

/// The value as plain text.
[[gnu::always_inline]] inline void append_plain(Buffer& out, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return;
    case Kind::boolean:
      return out.append(value.as_bool() ? "true" : "false");
    case Kind::integer:
      return out.advance(write_integer(out.room(24), value.as_integer()));
    case Kind::number:
      return out.advance(write_number(out.room(kNumberChars), value.as_number()));
    case Kind::string:
    case Kind::big_integer:
    case Kind::big_decimal:
    case Kind::json:
      return out.append(value.as_text());
    case Kind::date:
    case Kind::time_tz:
    case Kind::time:
    case Kind::timestamp_tz:
    case Kind::timestamp:
      return out.advance(write_time(out.room(kTimeChars), value));
  }
}

}  // namespace

void append_json_string(Buffer& out, std::string_view text) {
  constexpr std::size_t kPiece = 8192;  // so that room for the worst case stays small
  const char* from = text.data();
  const char* const end = from + text.size();
  char* to = out.room(std::min(text.size(), kPiece) * 6 + kSlack);
  *to++ = '"';
  if (text.size() <= 16 && copy_plain(from, text.size(), to)) {
    to += text.size();
  } else {
    for (const char* piece = from; end - from >= 32;) {
      from = write_block(from, end, to);
      if (from - piece < static_cast<std::ptrdiff_t>(kPiece) - 64) continue;
      out.advance(to);
      to = out.room(kPiece * 6 + kSlack);
      piece = from;
    }
    to = write_rest(from, static_cast<std::size_t>(end - from), to);
  }
  *to++ = '"';
  out.advance(to);
}

void append_text(Buffer& out, const Value& value) {
  append_plain(out, value);
}

void append_text_utc(Buffer& out, const Value& value) {
  if (value.kind() != Kind::timestamp_tz) return append_text(out, value);
  out.advance(write_timestamp_utc(out.room(kTimeChars), value.second(), value.nanos()));
}

void append_json(Buffer& out, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return out.append("null");
    case Kind::string:
      return append_json_string(out, value.as_text());
    case Kind::date:
    case Kind::time_tz:
    case Kind::time:
    case Kind::timestamp_tz:
    case Kind::timestamp:
      return append_quoted_time(out, value);
    default:
      return append_plain(out, value);
  }
}

}  // namespace wharf::record
