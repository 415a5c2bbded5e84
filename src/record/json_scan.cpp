#include "record/json_scan.h"

#include <cstdint>
#include <cstring>

#include "record/utf8.h"

namespace wharf::record::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The four hex digits at `at`, or -1.
int hex4(const char* at) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/// Behind the escape or multi-byte character at `at`; null if there is none that is allowed.
const char* special_end(const char* at, const char* end) {
  if (static_cast<signed char>(*at) < 0) {
    std::size_t size = utf8_sequence(at, end);
    return size == 0 ? nullptr : at + size;
  }
  if (*at != '\\' || end - at < 2) return nullptr;
  switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return at + 2;
    case 'u':
      return end - at >= 6 && hex4(at + 2) >= 0 ? at + 6 : nullptr;
    default:
      return nullptr;
  }
}

const char* word_end(const char* at, const char* end, std::string_view word) {
  if (static_cast<std::size_t>(end - at) < word.size()) return nullptr;
  return std::memcmp(at, word.data(), word.size()) == 0 ? at + word.size() : nullptr;
}

const char* literal_end(const char* at, const char* end) {
  switch (*at) {
    case 't':
      return word_end(at, end, "true");
    case 'f':
      return word_end(at, end, "false");
    case 'n':
      return word_end(at, end, "null");
    default:
      return number_end(at, end);
  }
}

/// From the quote to behind the closing one.
const char* quoted_end(const char* at, const char* end) {
  bool escaped = false;
  at = string_end(at + 1, end, escaped);
  return at == nullptr ? nullptr : at + 1;
}

/// From a key to the value behind its colon.
const char* key_end(const char* at, const char* end) {
  if (at == end || *at != '"') return nullptr;
  at = quoted_end(at, end);
  if (at == nullptr) return nullptr;
  at = skip_space(at, end);
  if (at == end || *at != ':') return nullptr;
  return skip_space(at + 1, end);
}

/// The open objects and arrays of a value, a bit for each.
class Nesting {
 public:
  bool empty() const { return depth_ == 0; }
  bool full() const { return depth_ == kDeepest; }
  /// Of the innermost.
  bool in_object() const { return (objects_[depth_ / 64] >> (depth_ % 64)) & 1; }
  void open(bool object) {
    ++depth_;
    std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = objects_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
  }
  void close() { --depth_; }

 private:
  unsigned depth_ = 0;
  std::uint64_t objects_[kDeepest / 64 + 1] = {};
};

/// Walks one value of any depth without recursion.
const char* walk(const char* at, const char* end) {
  Nesting nesting;
  while (true) {
    // A value: a scalar whole, of an object or array that is not empty only its opening.
    if (at == end) return nullptr;
    if (*at == '"') {
      at = quoted_end(at, end);
    } else if (*at == '{' || *at == '[') {
      bool object = *at == '{';
      at = skip_space(at + 1, end);
      if (at == end) return nullptr;
      if (*at != (object ? '}' : ']')) {
        if (nesting.full()) return nullptr;
        nesting.open(object);
        if (object) at = key_end(at, end);
        if (at == nullptr) return nullptr;
        continue;
      }
      ++at;
    } else {
      at = literal_end(at, end);
    }
    if (at == nullptr) return nullptr;
    // What follows it: closings, and a comma with all that stands before the next value.
    while (true) {
      if (nesting.empty()) return at;
      at = skip_space(at, end);
      if (at == end) return nullptr;
      bool object = nesting.in_object();
      char c = *at++;
      if (c == ',') break;
      if (c != (object ? '}' : ']')) return nullptr;
      nesting.close();
    }
    at = skip_space(at, end);
    if (nesting.in_object()) at = key_end(at, end);
    if (at == nullptr) return nullptr;
  }
}

}  // namespace

const char* long_string_end(const char* at, const char* end, bool& escaped) {
  while (true) {
    while (end - at >= 16) {
      unsigned special = special_bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
      if (special != 0) {
        at += __builtin_ctz(special);
        break;
      }
      at += 16;
    }
    if (end - at < 16) {
      while (at != end && !is_special(*at)) ++at;
      if (at == end) return nullptr;
    }
    if (*at == '"') return at;
    escaped |= *at == '\\';
    at = special_end(at, end);
    if (at == nullptr) return nullptr;
  }
}

const char* number_end(const char* at, const char* end) {
  auto digits = [&] {
    const char* from = at;
    while (at != end && is_digit(*at)) ++at;
    return at != from;
  };
  if (at != end && *at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if (!digits()) {
    return nullptr;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!digits()) return nullptr;
  }
  if (at != end && (*at | 0x20) == 'e') {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return nullptr;
  }
  return at;
}

const char* value_end(const char* at, const char* end) {
  if (at != end && *at == '"') return quoted_end(at, end);
  if (at != end && *at != '{' && *at != '[') return literal_end(at, end);
  return walk(at, end);
}

bool is_value(std::string_view text) {
  const char* end = text.data() + text.size();
  const char* at = value_end(skip_space(text.data(), end), end);
  return at != nullptr && skip_space(at, end) == end;
}

char* unescape(std::string_view inside, char* to) {
  const char* at = inside.data();
  const char* end = at + inside.size();
  while (at != end) {
    const void* found = std::memchr(at, '\\', static_cast<std::size_t>(end - at));
    const char* escape = found == nullptr ? end : static_cast<const char*>(found);
    auto plain = static_cast<std::size_t>(escape - at);
    std::memcpy(to, at, plain);
    to += plain;
    at = escape;
    if (at == end) break;
    char kind = at[1];
    at += 2;
    switch (kind) {
      case 'b':
        *to++ = '\b';
        break;
      case 'f':
        *to++ = '\f';
        break;
      case 'n':
        *to++ = '\n';
        break;
      case 'r':
        *to++ = '\r';
        break;
      case 't':
        *to++ = '\t';
        break;
      case 'u': {
        auto point = static_cast<unsigned>(hex4(at));
        at += 4;
        bool high = point >= 0xD800 && point < 0xDC00;
        bool low = point >= 0xDC00 && point < 0xE000;
        if (high && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
          auto other = static_cast<unsigned>(hex4(at + 2));
          if (other >= 0xDC00 && other < 0xE000) {
            point = 0x10000 + ((point - 0xD800) << 10) + (other - 0xDC00);
            at += 6;
            high = false;
          }
        }
        to = write_utf8(to, high || low ? 0xFFFD : point);
        break;
      }
      default:
        *to++ = kind;
    }
  }
  return to;
}

bool Members::next() {
  if (broken_) return false;
  at_ = skip_space(at_, end_);
  if (at_ == end_) return fail();
  if (*at_ == '}') {
    ++at_;
    return false;
  }
  if (!first_) {
    if (*at_ != ',') return fail();
    at_ = skip_space(at_ + 1, end_);
  }
  first_ = false;
  if (at_ == end_ || *at_ != '"') return fail();
  const char* from = at_ + 1;
  escaped_ = false;
  const char* quote = string_end(from, end_, escaped_);
  if (quote == nullptr) return fail();
  key_ = {from, static_cast<std::size_t>(quote - from)};
  at_ = skip_space(quote + 1, end_);
  if (at_ == end_ || *at_ != ':') return fail();
  at_ = skip_space(at_ + 1, end_);
  if (at_ == end_) return fail();
  return true;
}

}  // namespace wharf::record::json
