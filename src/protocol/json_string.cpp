#include "protocol/json_string.h"

#include <wharf/protocol/codec.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace wharf::protocol {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_plain(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// As skip_plain, but goes on over characters beyond ASCII as long as they are UTF-8.
const char* skip_text(const char* p, const char* end) {
  for (;;) {
    p = skip_plain(p, end);
    if (p == end || static_cast<unsigned char>(*p) < 0x80) return p;
    const std::size_t length = utf8_length(p, end);
    if (length == 0) return p;
    p += length;
  }
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) {
    out += kReplacement;
    return;
  }
  out += "\\u00";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

}  // namespace

const char* skip_plain(const char* p, const char* end) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(' ');
  while (end - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed, so that one comparison finds control characters and all that is beyond ASCII.
    const __m128i odd = _mm_cmplt_epi8(bytes, space);
    const __m128i marks =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    const int found = _mm_movemask_epi8(_mm_or_si128(odd, marks));
    if (found != 0) return p + __builtin_ctz(static_cast<unsigned>(found));
    p += 16;
  }
#endif
  while (p != end && is_plain(*p)) ++p;
  return p;
}

std::size_t utf8_length(const char* p, const char* end) {
  const auto left = static_cast<std::size_t>(end - p);
  if (left == 0) return 0;
  const auto first = static_cast<unsigned char>(p[0]);
  if (first < 0x80) return 1;
  const auto second = left > 1 ? static_cast<unsigned char>(p[1]) : 0U;
  if (first >= 0xC2 && first <= 0xDF) return left >= 2 && is_continuation(p[1]) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2])) return 0;
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (left < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) || !is_continuation(p[3])) {
      return 0;
    }
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second >= 0x90;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto byte = [&](char32_t bits) { out += static_cast<char>(bits); };
  const auto tail = [&](unsigned shift) { byte(0x80U | ((code_point >> shift) & 0x3FU)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0U | (code_point >> 6U));
    tail(0);
  } else if (code_point >= 0xD800 && code_point <= 0xDFFF) {
    out += kReplacement;
  } else if (code_point < 0x10000) {
    byte(0xE0U | (code_point >> 12U));
    tail(6);
    tail(0);
  } else {
    byte(0xF0U | (code_point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const std::size_t length = utf8_length(p, end);
    if (length == 0) {
      out += kReplacement;
      ++p;
    } else {
      out.append(p, length);
      p += length;
    }
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const char* stop = skip_text(p, end);
    out.append(p, stop);
    p = stop;
    if (p != end) append_escaped(out, *p++);
  }
  out += '"';
}

}  // namespace wharf::protocol
