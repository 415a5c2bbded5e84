#include "connectors/files/input_json.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

namespace wharf::connectors::files {
namespace {

constexpr std::size_t kDeepest = 1000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      value = value * 16 + static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

char* put_character(char* out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
    return out;
  }
  if (point < 0x800) {
    put(0xC0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      put(0xE0 | (point >> 12));
    } else {
      put(0xF0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3F));
    }
    put(0x80 | ((point >> 6) & 0x3F));
  }
  put(0x80 | (point & 0x3F));
  return out;
}

char plain_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // the quote, both slashes
  }
}

}  // namespace

void JsonCursor::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
    ++at_;
  }
}

bool JsonCursor::take(char c) {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonCursor::word(std::string_view literal) {
  if (!text_.substr(at_).starts_with(literal)) return false;
  at_ += literal.size();
  return true;
}

bool JsonCursor::string(bool& escaped) {
  if (!take('"')) return false;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c != '\\') continue;
    escaped = true;
    if (++at_ == text_.size()) return false;
    if (text_[at_] == 'u') {
      if (!hex4(text_.substr(at_ + 1))) return false;
      at_ += 4;
    } else if (std::strchr("\"\\/bfnrt", text_[at_]) == nullptr || text_[at_] == '\0') {
      return false;
    }
  }
  return false;
}

bool JsonCursor::number() {
  const auto digits = [this] {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ != begin;
  };
  take('-');
  if (!take('0') && !digits()) return false;
  if (take('.') && !digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!digits()) return false;
  }
  return true;
}

/// An object or array, without recursion: `open` are the closing brackets that are still missing.
bool JsonCursor::nested() {
  std::vector<char> open;
  JsonValue scalar;
  for (;;) {
    // At the place of a value.
    skip_space();
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    bool empty = false;
    if (c == '{' || c == '[') {
      if (open.size() == kDeepest) return false;
      open.push_back(c == '{' ? '}' : ']');
      ++at_;
      skip_space();
      empty = at_ < text_.size() && text_[at_] == open.back();
    } else if (!value(scalar)) {
      return false;
    }
    const bool opened = (c == '{' || c == '[') && !empty;
    // Behind a value: close what ends here, then go on with the next one.
    if (!opened) {
      for (;;) {
        skip_space();
        if (!take(open.back())) break;
        open.pop_back();
        if (open.empty()) return true;
      }
      if (!take(',')) return false;
    }
    if (open.back() == '}') {
      bool escaped = false;
      skip_space();
      if (!string(escaped)) return false;
      skip_space();
      if (!take(':')) return false;
    }
  }
}

bool JsonCursor::value(JsonValue& out) {
  skip_space();
  if (at_ == text_.size()) return false;
  const std::size_t begin = at_;
  bool good = false;
  out.escaped = false;
  switch (text_[at_]) {
    case '{':
      out.kind = JsonKind::object;
      good = nested();
      break;
    case '[':
      out.kind = JsonKind::array;
      good = nested();
      break;
    case '"':
      out.kind = JsonKind::string;
      good = string(out.escaped);
      break;
    case 't':
    case 'f':
      out.kind = JsonKind::boolean;
      good = word("true") || word("false");
      break;
    case 'n':
      out.kind = JsonKind::null;
      good = word("null");
      break;
    default:
      out.kind = JsonKind::number;
      good = number();
      break;
  }
  out.text = text_.substr(begin, at_ - begin);
  return good;
}

bool JsonCursor::member(JsonValue& key, JsonValue& out, bool& done) {
  skip_space();
  done = false;
  const bool first = take('{');
  if (first) skip_space();
  if (take('}')) {
    done = true;
    return true;
  }
  if (!first && !take(',')) return false;
  skip_space();
  const std::size_t begin = at_;
  key = {JsonKind::string, {}, false};
  if (!string(key.escaped)) return false;
  key.text = text_.substr(begin, at_ - begin);
  skip_space();
  return take(':') && value(out);
}

bool JsonCursor::finished() {
  skip_space();
  return at_ == text_.size();
}

std::size_t unescape_json(std::string_view inside, char* out) {
  char* const begin = out;
  for (std::size_t at = 0; at < inside.size(); ++at) {
    if (inside[at] != '\\') {
      *out++ = inside[at];
      continue;
    }
    ++at;
    if (inside[at] != 'u') {
      *out++ = plain_escape(inside[at]);
      continue;
    }
    std::uint32_t point = *hex4(inside.substr(at + 1));
    at += 4;
    if (point >= 0xD800 && point <= 0xDBFF && inside.substr(at + 1).starts_with("\\u")) {
      const std::uint32_t low = hex4(inside.substr(at + 3)).value_or(0);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
      }
    }
    if (point >= 0xD800 && point <= 0xDFFF) point = 0xFFFD;
    out = put_character(out, point);
  }
  return static_cast<std::size_t>(out - begin);
}

}  // namespace wharf::connectors::files
