#include "protocol/json_node.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "protocol/decimal.h"
#include "protocol/json_scan.h"
#include "protocol/json_string.h"

namespace wharf::protocol {
namespace {

const char* skip_space(const char* p) {
  while (is_json_space(*p)) ++p;
  return p;
}

/// Behind the string that begins at `p`; the text is known to be valid.
const char* skip_string(const char* p, const char* end) {
  ++p;
  // Most are names of a few letters: not worth a look at sixteen at once.
  for (int i = 0; i < 8; ++i, ++p) {
    if (*p == '"') return p + 1;
    if (*p == '\\') break;
  }
  for (;;) {
    p = skip_plain(p, end);
    if (*p == '"') return p + 1;
    p += *p == '\\' ? 2 : 1;
  }
}

bool ends_scalar(char c) {
  return c == ',' || c == '}' || c == ']' || is_json_space(c);
}

/// Behind the value that begins at `p`; the text is known to be valid.
const char* skip_value(const char* p, const char* end) {
  std::size_t depth = 0;
  do {
    switch (*p) {
      case '"':
        p = skip_string(p, end);
        break;
      case '{':
      case '[':
        ++depth;
        ++p;
        break;
      case '}':
      case ']':
        --depth;
        ++p;
        break;
      case ',':
      case ':':
        ++p;
        break;
      default:
        if (is_json_space(*p)) {
          ++p;
          break;
        }
        while (p != end && !ends_scalar(*p)) ++p;
    }
  } while (depth > 0);
  return p;
}

unsigned hex4(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + 4, value, 16);
  return value;
}

/// Appends the `\uXXXX` at `at`, with its low surrogate if one follows; returns the bytes taken.
std::size_t append_code_unit(std::string& out, std::string_view raw, std::size_t at) {
  const unsigned high = hex4(raw.substr(at + 2));
  const bool pair = high >= 0xD800 && high <= 0xDBFF && raw.substr(at + 6, 2) == "\\u";
  const unsigned low = pair ? hex4(raw.substr(at + 8)) : 0;
  if (low >= 0xDC00 && low <= 0xDFFF) {
    append_utf8(out, 0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00));
    return 12;
  }
  append_utf8(out, high);
  return 6;
}

char unescaped_char(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

void append_pointer_token(std::string& out, std::string_view name) {
  out += '/';
  for (char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string unescaped(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t stop = std::min(raw.find('\\', at), raw.size());
    out.append(raw, at, stop - at);
    at = stop;
    if (at == raw.size()) break;
    if (raw[at + 1] == 'u') {
      at += append_code_unit(out, raw, at);
    } else {
      out += unescaped_char(raw[at + 1]);
      at += 2;
    }
  }
  return out;
}

std::optional<std::int64_t> exact_integer(std::string_view number) {
  std::int64_t value = 0;
  const char* const end = number.data() + number.size();
  const auto [stop, fault] = std::from_chars(number.data(), end, value);
  if (stop == end && fault == std::errc()) return value;
  return Decimal(number).integer();
}

std::string_view whole_json(std::string_view text) {
  const JsonScan scan = scan_json(text);
  if (!scan) throw Failure(ErrorCode::protocol_violation, describe(scan));
  for (std::size_t at = scan.end; at < text.size(); ++at) {
    if (!is_json_space(text[at])) {
      throw Failure(ErrorCode::protocol_violation,
                    fmt::format("more text follows the JSON value at byte {}", at));
    }
  }
  return text.substr(scan.begin, scan.end - scan.begin);
}

std::string_view name_of(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::object:
      return "an object";
    case JsonNode::Kind::array:
      return "an array";
    case JsonNode::Kind::string:
      return "a string";
    case JsonNode::Kind::number:
      return "a number";
    case JsonNode::Kind::boolean:
      return "a boolean";
    case JsonNode::Kind::null:
      return "null";
  }
  return {};
}

JsonNode::Kind JsonNode::kind() const {
  switch (text_.front()) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

std::string JsonNode::name() const {
  return unescaped(raw_name_);
}

std::string JsonNode::pointer() const {
  if (parent_ == nullptr) return {};
  std::string path = parent_->pointer();
  append_pointer_token(path, parent_->is(Kind::array) ? std::to_string(index_) : name());
  return path;
}

JsonChildren JsonNode::members() const {
  if (!is(Kind::object)) fail_kind("an object");
  return JsonChildren(*this);
}

JsonChildren JsonNode::elements() const {
  if (!is(Kind::array)) fail_kind("an array");
  return JsonChildren(*this);
}

JsonNode JsonNode::required(std::string_view wanted) const {
  std::optional<JsonNode> found;
  for (const JsonNode& member : members()) {
    if (member.name() == wanted) found = member;
  }
  if (!found || found->is_null()) missing(wanted);
  return *found;
}

std::string JsonNode::as_string() const {
  if (!is(Kind::string)) fail_kind("a string");
  return unescaped(text_.substr(1, text_.size() - 2));
}

bool JsonNode::as_bool() const {
  if (!is(Kind::boolean)) fail_kind("true or false");
  return text_.front() == 't';
}

std::int64_t JsonNode::as_integer() const {
  if (!is(Kind::number)) fail_kind("an integer");
  const auto value = integer();
  if (!value) fail("must be an integer of at most 64 bits");
  return *value;
}

std::optional<std::int64_t> JsonNode::integer() const {
  if (!is(Kind::number)) return std::nullopt;
  return exact_integer(text_);
}

std::optional<double> JsonNode::number() const {
  if (!is(Kind::number)) return std::nullopt;
  double value = 0;
  const auto [stop, fault] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
  if (fault != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

void JsonNode::fail(const std::string& what) const {
  const std::string place = pointer();
  throw Failure(ErrorCode::protocol_violation, place.empty() ? what : place + ": " + what);
}

void JsonNode::missing(std::string_view wanted) const {
  throw MissingProperty(ErrorCode::protocol_violation,
                        fmt::format("{}/{} is missing", pointer(), wanted));
}

void JsonNode::fail_kind(std::string_view wanted) const {
  fail(fmt::format("must be {}, is {}", wanted, name_of(kind())));
}

JsonChildren::Iterator::Iterator(const JsonNode& parent)
    : parent_(&parent), at_(skip_space(parent.text().data() + 1)), child_({}) {
  done_ = *at_ == '}' || *at_ == ']';
  if (!done_) read_child();
}

JsonChildren::Iterator& JsonChildren::Iterator::operator++() {
  at_ = skip_space(at_);
  done_ = *at_ != ',';
  if (!done_) {
    at_ = skip_space(at_ + 1);
    read_child();
  }
  return *this;
}

void JsonChildren::Iterator::read_child() {
  const char* const end = parent_->text().data() + parent_->text().size();
  const auto view = [](const char* from, const char* to) {
    return std::string_view(from, static_cast<std::size_t>(to - from));
  };
  std::string_view raw_name;
  if (parent_->is(JsonNode::Kind::object)) {
    const char* const quote = at_;
    at_ = skip_string(at_, end);
    raw_name = view(quote + 1, at_ - 1);
    at_ = skip_space(skip_space(at_) + 1);
  }
  const std::size_t index = child_.text_.empty() ? 0 : child_.index_ + 1;
  const char* const value = at_;
  at_ = skip_value(at_, end);
  child_ = JsonNode(view(value, at_), parent_, raw_name, index);
}

}  // namespace wharf::protocol
