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

void append_quoted_time(Buffer& out, const Value& value) {
  char* to = out.room(kTimeChars);
  *to++ = '"';
  to = write_time(to, value);
  *to++ = '"';
  out.advance(to);
}

}  // namespace

void append_json_string(Buffer& out, std::string_view text) {
  constexpr std::ptrdiff_t kPiece = 8192;  // so that room for the worst case stays small
  const char* from = text.data();
  const char* end = from + text.size();
  out.append('"');
  while (from != end) {
    const char* stop = end - from > kPiece ? from + kPiece : end;
    char* to = out.room(static_cast<std::size_t>(stop - from) * 6 + kSlack + 16);
    // Sixteen bytes go over as they are; what follows a special one goes over again, behind it.
    while (stop - from >= 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
      const unsigned special = json::special_bytes(bytes);
      const int plain = special == 0 ? 16 : __builtin_ctz(special);
      from += plain;
      to += plain;
      if (special != 0) from = write_special(from, end, to);
    }
    while (from < stop) {
      if (json::is_special(*from))
        from = write_special(from, end, to);
      else
        *to++ = *from++;
    }
    out.advance(to);
  }
  out.append('"');
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
