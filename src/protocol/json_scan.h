#pragma once
// Is this JSON, and where does it end? Pure; copies nothing and takes nothing apart.

#include <cstddef>
#include <string>
#include <string_view>

namespace wharf::protocol {

/// What the first value of a text is: its extent, or the fault that was found in it. Strict
/// (RFC 8259), except that numbers may have any size and `\ud800` may stand alone, as Java and
/// Python write and read them. Nesting is limited to 1,000 levels.
struct JsonScan {
  enum class Fault { none, cut_short, not_utf8, malformed, too_deep };

  Fault fault = Fault::none;
  std::size_t begin = 0;  ///< where the value begins, behind white space
  std::size_t end = 0;    ///< one past its last byte; with a fault, the byte it was found at

  explicit operator bool() const { return fault == Fault::none; }
};

JsonScan scan_json(std::string_view text);

/// "the JSON is cut short at byte 57": the place, never the content.
std::string describe(const JsonScan& scan);

/// White space as JSON has it.
constexpr bool is_json_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace wharf::protocol
