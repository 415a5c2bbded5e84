#pragma once
// JSON as text, walked exactly and without a tree: what the wire forms, the schema reader and the
// check of carried JSON share. Every function reads [at, end) only and gives null where the text is
// no JSON (bytes that are not UTF-8 and control characters in strings included).

#include <emmintrin.h>

#include <cstddef>
#include <string_view>

namespace wharf::record::json {

/// Nesting beyond this is refused.
inline constexpr unsigned kDeepest = 1000;

inline bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

inline const char* skip_space(const char* at, const char* end) {
  if (at != end && static_cast<unsigned char>(*at) > ' ') return at;
  while (at != end && is_space(*at)) ++at;
  return at;
}

/// A bit for each of 16 bytes that cannot stand as itself in a JSON string, or is not ASCII.
inline unsigned special_bytes(__m128i bytes) {
  __m128i control = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));  // signed: not ASCII as well
  __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  __m128i escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, escape))));
}
inline bool is_special(char c) {
  return static_cast<signed char>(c) < 0x20 || c == '"' || c == '\\';
}

const char* long_string_end(const char* at, const char* end, bool& escaped);

/// From behind the opening quote to the closing quote. `escaped`: set if there is a backslash.
inline const char* string_end(const char* at, const char* end, bool& escaped) {
  if (end - at >= 16) {
    unsigned special = special_bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    if (special != 0 && at[__builtin_ctz(special)] == '"') return at + __builtin_ctz(special);
  }
  return long_string_end(at, end, escaped);
}
/// Behind the number at `at`; not checked for what follows it.
const char* number_end(const char* at, const char* end);
/// Behind the value at `at` (no space before it).
const char* value_end(const char* at, const char* end);
/// Whether `text` is one JSON value, space around it allowed.
bool is_value(std::string_view text);

/// Writes the inside of a checked string (between the quotes) without its escapes: never longer
/// than `inside`. A surrogate without its other half becomes U+FFFD. Returns the end.
char* unescape(std::string_view inside, char* to);

/// Walks the members of an object: `Members members(at, end); while (members.next()) …`, where the
/// caller reads `key` and moves on by `take(end of the value)`.
class Members {
 public:
  /// `at`: at the `{`.
  Members(const char* at, const char* end) : at_(at + 1), end_(end) {}

  /// True: a member; `key()` is the inside of its quotes, `value()` its first byte.
  bool next();
  std::string_view key() const { return key_; }
  bool key_escaped() const { return escaped_; }
  const char* value() const { return at_; }
  /// The member's value ends here (null: it is no JSON).
  void take(const char* value_end) {
    at_ = value_end;
    broken_ = value_end == nullptr;
  }

  /// After `next` has said false: behind the `}`, or null if the object is no JSON.
  const char* object_end() const { return broken_ ? nullptr : at_; }

 private:
  bool fail() {
    broken_ = true;
    return false;
  }

  const char* at_;
  const char* end_;
  std::string_view key_;
  bool escaped_ = false;
  bool first_ = true;
  bool broken_ = false;
};

}  // namespace wharf::record::json
