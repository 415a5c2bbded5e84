#include "protocol/json_writer.h"

#include <fmt/core.h>

#include "protocol/json_scan.h"

namespace wharf::protocol {
namespace {

/// Valid JSON without the white space between its tokens.
void append_compact(std::string& out, std::string_view json) {
  bool in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (!in_string && is_json_space(c)) continue;
    out += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\' && in_string && at + 1 < json.size()) out += json[++at];
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view json) {
  // Inside a string a line end is always escaped, so one that is found stands between tokens.
  if (json.find_first_of("\n\r") == std::string_view::npos) {
    out += json;
  } else {
    append_compact(out, json);
  }
}

void append_json_count(std::string& out, std::int64_t count) {
  out += std::to_string(count);
  out += ".0";
}

void append_json_double(std::string& out, double value) {
  const std::string text = fmt::format("{}", value);
  out += text;
  if (text.find_first_of(".e") == std::string::npos) out += ".0";
}

}  // namespace wharf::protocol
