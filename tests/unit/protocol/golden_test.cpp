#include <wharf/protocol/codec.h>

#include <catch2/catch.hpp>
#include <string>

#include "golden_lines.h"

using namespace wharf::protocol;

namespace {

/// The line as it is written anew; of one that is no message, why, as a JSON string.
std::string rewritten(const std::string& given) {
  std::string out;
  const Parsed parsed = LineReader().parse(given);
  if (const auto* message = std::get_if<Message>(&parsed)) {
    append_line(out, *message);
    out.pop_back();
  } else if (const auto* dropped = std::get_if<Dropped>(&parsed)) {
    append_json_string(out, "dropped: " + dropped->why);
  } else if (const auto* broken = std::get_if<Broken>(&parsed)) {
    append_json_string(out, "broken: " + broken->why);
  } else {
    out = "\"no message\"";
  }
  return out;
}

}  // namespace

TEST_CASE("messages of every type are written as the golden files say") {
  for (const std::string_view name : kGoldenFiles) {
    auto lines = read_golden(name);
    REQUIRE_FALSE(lines.empty());
    for (GoldenLine& line : lines) {
      INFO(name << ": " << line.given);
      const std::string now = rewritten(line.given);
      if (accept_golden()) {
        line.written = now;
      } else {
        CHECK(now == line.written);
      }
    }
    if (accept_golden()) write_golden(name, lines);
  }
}

TEST_CASE("what was written once is written the same again") {
  for (const std::string_view name : kGoldenFiles) {
    for (const GoldenLine& line : read_golden(name)) {
      if (line.written.front() == '{') CHECK(rewritten(line.written) == line.written);
    }
  }
}
