#include <wharf/record/text_form.h>

#include <emmintrin.h>

#include "record/digits.h"
#include "record/json_scan.h"
#include "record/number_form.h"
#include "record/time_form.h"
#include "record/utf8.h"

namespace wharf::record {
namespace {

/// What a vector may write beyond the text.
constexpr std::size_t kSlack = 16;

/// Copies from `from` up to the first byte that cannot stand as itself in a JSON string, and moves
/// `to`. Needs kSlack more room than text.
const char* copy_plain(const char* from, const char* end, char*& to) {
  while (end - from >= 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    unsigned special = json::special_bytes(bytes);
    if (special != 0) {
      auto plain = __builtin_ctz(special);
      to += plain;
      return from + plain;
    }
    from += 16;
    to += 16;
  }
  if (end - from >= 8) {
    __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), bytes);
    // The upper half is zero and so looks like control characters.
    unsigned special = json::special_bytes(bytes) & 0xFF;
    if (special != 0) {
      auto plain = __builtin_ctz(special);
      to += plain;
      return from + plain;
    }
    from += 8;
    to += 8;
  }
  while (from != end && !json::is_special(*from)) *to++ = *from++;
  return from;
}

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

/// Writes the run of special characters at `from`: escapes, and characters beyond ASCII. Needs six
/// times the room of the text it takes, which it takes at most 64 bytes of.
const char* write_specials(const char* from, const char* end, char*& to) {
  const char* stop = end - from > 64 ? from + 64 : end;
  while (from < stop && json::is_special(*from)) {
    if (static_cast<signed char>(*from) >= 0) {
      to = write_escape(to, *from++);
      continue;
    }
    std::size_t size = utf8_sequence(from, end);
    if (size == 0) {
      std::memcpy(to, kReplacement, 3);
      to += 3;
      ++from;
      continue;
    }
    std::memcpy(to, from, size);
    to += size;
    from += size;
  }
  return from;
}

void append_quoted_time(Buffer& out, const Value& value) {
  char* to = out.room(kTimeChars);
  *to++ = '"';
  to = write_time(to, value);
  *to++ = '"';
  out.advance(to);
}

}  // namespace

void append_json_string(Buffer& out, std::string_view text) {
  const char* from = text.data();
  const char* end = from + text.size();
  char* to = out.room(text.size() + 2 + kSlack);
  *to++ = '"';
  while (true) {
    from = copy_plain(from, end, to);
    if (from == end) break;
    out.advance(to);
    constexpr std::size_t kRun = 68;  // the last character may reach beyond the 64
    to = out.room(kRun * 6);
    from = write_specials(from, end, to);
    out.advance(to);
    to = out.room(static_cast<std::size_t>(end - from) + 1 + kSlack);
  }
  *to++ = '"';
  out.advance(to);
}

void append_text(Buffer& out, const Value& value) {
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
      return append_text(out, value);
  }
}

}  // namespace wharf::record
