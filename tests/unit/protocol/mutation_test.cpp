// Lines with bytes changed at random: nothing crashes, and what is read is what would be written.
// WHARF_SEED=n replays a run, WHARF_ROUNDS=n makes it longer.

#include <wharf/protocol/codec.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <string>

#include "golden_lines.h"
#include "protocol/json_compare.h"
#include "protocol/json_scan.h"
#include "protocol/json_schema.h"
#include "protocol/line_splitter.h"

using namespace std::string_view_literals;
using namespace wharf::protocol;

namespace {

unsigned long setting(const char* name, unsigned long otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoul(value, nullptr, 10) : otherwise;
}

class Mutator {
 public:
  explicit Mutator(unsigned long seed) : random_(seed) {
    for (const std::string_view name : kGoldenFiles) {
      for (GoldenLine& line : read_golden(name)) corpus_.push_back(std::move(line.given));
    }
  }

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  std::string line() {
    std::string text = corpus_[below(corpus_.size())];
    for (std::size_t left = below(4); left > 0 && !text.empty(); --left) mutate(text);
    return text;
  }

 private:
  void mutate(std::string& text) {
    constexpr std::string_view kBytes =
        "{}[]\",:\\/ \n\t0123456789.-+eEtfnu\0\x01\x7f\x80\xC3\xA9\xED\xF0\xFF"sv;
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = kBytes[below(kBytes.size())];
        break;
      case 1:
        text.insert(at, 1, kBytes[below(kBytes.size())]);
        break;
      case 2:
        text.erase(at, 1 + below(8));
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), below(20)));
        break;
      default:
        text[at] = static_cast<char>(below(256));
        break;
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> corpus_;
};

void check_line(LineReader& reader, const std::string& line) {
  const Parsed parsed = reader.parse(line);
  const auto* message = std::get_if<Message>(&parsed);
  if (message == nullptr) return;
  std::string once;
  append_line(once, *message);
  REQUIRE(once.find('\n') == once.size() - 1);
  REQUIRE(scan_json(once));
  const Parsed again = reader.parse(once);
  REQUIRE(std::holds_alternative<Message>(again));
  std::string twice;
  append_line(twice, std::get<Message>(again));
  REQUIRE(twice == once);
}

/// A second opinion on what is JSON. It refuses half surrogate pairs and infinite numbers, we do
/// not.
void check_scan(const std::string& text) {
  bool valid = true;
  try {
    whole_json(text);
  } catch (const wharf::Failure&) {
    valid = false;
  }
  static const std::regex ours_alone(R"(\\u[dD][89a-fA-F]|[0-9][eE])");
  const bool other = nlohmann::json::accept(text);
  if (valid != other) REQUIRE((valid && std::regex_search(text, ours_alone)));
}

void check_documents(const std::string& text) {
  parse_catalog(text);
  parse_configured_catalog(text);
  parse_spec(text);
  parse_state(text);
  parse_position(text);
  const auto start = parse_start_state(text);
  if (start) REQUIRE(parse_start_state(to_json(*start)).has_value());
}

}  // namespace

TEST_CASE("no change of bytes crashes a reader or makes a line that reads otherwise") {
  const unsigned long seed = setting("WHARF_SEED", std::random_device{}());
  WARN("seed " << seed);
  Mutator mutator(seed);
  LineReader reader;
  for (unsigned long round = setting("WHARF_ROUNDS", 20'000); round > 0; --round) {
    const std::string line = mutator.line();
    INFO("WHARF_SEED=" << seed << " line: " << line);
    check_line(reader, line);
    check_scan(line);
    // Bodies, not whole messages, are what the documents are made of.
    const auto body = line.find(":{");
    if (body != std::string::npos) {
      check_documents(line.substr(body + 1, line.size() - body - 2));
    }
  }
}

TEST_CASE("no change of bytes in a schema or a configuration crashes the check") {
  const unsigned long seed = setting("WHARF_SEED", std::random_device{}());
  WARN("seed " << seed);
  Mutator mutator(seed);
  for (unsigned long round = setting("WHARF_ROUNDS", 20'000) / 20; round > 0; --round) {
    const std::string value = mutator.line();
    const std::string schema =
        R"({"type":"object","required":["x"],"properties":{"type":{"enum":["LOG"]},"state":)" +
        mutator.line() + R"(},"oneOf":[)" + mutator.line() +
        R"(,{"properties":{"type":{"const":1}}}]})";
    INFO("WHARF_SEED=" << seed << " schema: " << schema << " value: " << value);
    check_against_schema(value, schema);
  }
}
