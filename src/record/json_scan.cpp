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

/// Walks one value of any depth without recursion: a bit for each open object or array.
class Walk {
 public:
  Walk(const char* at, const char* end) : at_(at), end_(end) {}

  /// Behind the value, or null.
  const char* run() {
    while (true) {
      if (!take_opening_or_scalar()) return nullptr;
      if (just_opened_) continue;
      if (!take_closings()) return nullptr;
      if (depth_ == 0) return at_;
    }
  }

 private:
  bool in_object() const { return (objects_[depth_ / 64] >> (depth_ % 64)) & 1; }

  void open(bool object) {
    ++depth_;
    std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = objects_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
  }

  bool take_string() {
    bool escaped = false;
    at_ = string_end(at_ + 1, end_, escaped);
    if (at_ == nullptr) return false;
    ++at_;
    return true;
  }

  /// A key, its colon and the space before the value.
  bool take_key() {
    if (at_ == end_ || *at_ != '"' || !take_string()) return false;
    at_ = skip_space(at_, end_);
    if (at_ == end_ || *at_ != ':') return false;
    at_ = skip_space(at_ + 1, end_);
    return true;
  }

  /// A scalar or an empty object or array, whole; of others the opening, up to the first value.
  bool take_opening_or_scalar() {
    just_opened_ = false;
    if (at_ == end_) return false;
    if (*at_ == '"') return take_string();
    if (*at_ != '{' && *at_ != '[') {
      at_ = literal_end(at_, end_);
      return at_ != nullptr;
    }
    bool object = *at_ == '{';
    at_ = skip_space(at_ + 1, end_);
    if (at_ == end_ || depth_ == kDeepest) return false;
    if (*at_ == (object ? '}' : ']')) {
      ++at_;
      return true;
    }
    open(object);
    just_opened_ = true;
    return !object || take_key();
  }

  /// What follows a value: closings, and a comma with all that stands before the next value.
  bool take_closings() {
    while (depth_ > 0) {
      at_ = skip_space(at_, end_);
      if (at_ == end_) return false;
      char c = *at_++;
      if (c == ',') {
        at_ = skip_space(at_, end_);
        return !in_object() || take_key();
      }
      if (c != (in_object() ? '}' : ']')) return false;
      --depth_;
    }
    return true;
  }

  const char* at_;
  const char* end_;
  unsigned depth_ = 0;
  bool just_opened_ = false;
  std::uint64_t objects_[kDeepest / 64 + 1];  // only bits of open levels are read
};

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
  return Walk(at, end).run();
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
