#include "protocol/json_scan.h"

#include <fmt/core.h>

#include <bitset>

#include "protocol/json_string.h"

namespace wharf::protocol {
namespace {

constexpr std::size_t kDepthMax = 1000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Goes over one value, byte by byte, with a bit per open bracket instead of a call per level.
class Scanner {
 public:
  explicit Scanner(std::string_view text)
      : start_(text.data()), at_(start_), end_(start_ + text.size()) {}

  JsonScan run() {
    skip_space();
    JsonScan scan{.begin = offset()};
    while (value() && !finished()) {
    }
    scan.fault = fault_;
    scan.end = offset();
    return scan;
  }

 private:
  using Fault = JsonScan::Fault;

  std::size_t offset() const { return static_cast<std::size_t>(at_ - start_); }

  void skip_space() {
    while (at_ != end_ && is_json_space(*at_)) ++at_;
  }

  bool fail(Fault fault) {
    fault_ = fault;
    return false;
  }

  /// What is wrong where another byte was wanted: the text ends, or says something else.
  bool misfit() { return fail(at_ == end_ ? Fault::cut_short : Fault::malformed); }

  bool expect(char c) {
    if (at_ == end_ || *at_ != c) return misfit();
    ++at_;
    return true;
  }

  /// A scalar, or a bracket that opens; up to the end of the innermost value begun.
  bool value() {
    skip_space();
    if (at_ == end_) return fail(Fault::cut_short);
    switch (*at_) {
      case '{':
        return open('}');
      case '[':
        return open(']');
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  bool open(char closing) {
    if (depth_ == kDepthMax) return fail(Fault::too_deep);
    is_object_[depth_++] = closing == '}';
    ++at_;
    skip_space();
    if (at_ != end_ && *at_ == closing) return true;  // finished() takes the bracket
    begun_ = true;
    return closing == ']' || key();
  }

  /// Behind a value: true when the outermost one has ended or a fault was found, false when
  /// another value has to follow.
  bool finished() {
    for (;;) {
      if (begun_) {
        begun_ = false;
        return false;
      }
      if (depth_ == 0) return true;
      skip_space();
      const bool in_object = is_object_[depth_ - 1];
      if (at_ != end_ && *at_ == (in_object ? '}' : ']')) {
        ++at_;
        --depth_;
        continue;
      }
      if (!expect(',')) return true;
      return in_object ? !key() : false;
    }
  }

  bool key() {
    skip_space();
    if (at_ == end_ || *at_ != '"') return misfit();
    if (!string()) return false;
    skip_space();
    return expect(':');
  }

  bool string() {
    ++at_;
    for (;;) {
      at_ = skip_plain(at_, end_);
      if (at_ == end_) return fail(Fault::cut_short);
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      if (*at_ == '\\') {
        if (!escape()) return false;
      } else if (static_cast<unsigned char>(*at_) < 0x20) {
        return fail(Fault::malformed);
      } else {
        const std::size_t length = utf8_length(at_, end_);
        if (length == 0) return fail(Fault::not_utf8);
        at_ += length;
      }
    }
  }

  bool escape() {
    ++at_;
    if (at_ == end_) return fail(Fault::cut_short);
    if (*at_ != 'u') {
      if (std::string_view("\"\\/bfnrt").find(*at_) == std::string_view::npos) return misfit();
      ++at_;
      return true;
    }
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_ || !is_hex(*at_)) return misfit();
    }
    return true;
  }

  bool literal(std::string_view word) {
    for (char c : word) {
      if (!expect(c)) return false;
    }
    return true;
  }

  bool digits() {
    if (at_ == end_ || !is_digit(*at_)) return misfit();
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return true;
  }

  bool number() {
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      return digits();
    }
    return true;
  }

  const char* const start_;
  const char* at_;
  const char* const end_;
  Fault fault_ = Fault::none;
  std::size_t depth_ = 0;
  bool begun_ = false;  ///< a bracket was opened, and its first value has to follow
  std::bitset<kDepthMax> is_object_;
};

}  // namespace

JsonScan scan_json(std::string_view text) {
  return Scanner(text).run();
}

std::string describe(const JsonScan& scan) {
  switch (scan.fault) {
    case JsonScan::Fault::none:
      return "valid JSON";
    case JsonScan::Fault::cut_short:
      return fmt::format("the JSON is cut short at byte {}", scan.end);
    case JsonScan::Fault::not_utf8:
      return fmt::format("byte {} is not UTF-8", scan.end);
    case JsonScan::Fault::malformed:
      return fmt::format("byte {} is not JSON", scan.end);
    case JsonScan::Fault::too_deep:
      return fmt::format("more than {} levels of nesting at byte {}", kDepthMax, scan.end);
  }
  return {};
}

}  // namespace wharf::protocol
