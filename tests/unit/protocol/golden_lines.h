#pragma once
// The messages of tests/data/protocol: each as it was given, and as it is written.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_node.h"

namespace wharf::protocol {

struct GoldenLine {
  std::string given;
  std::string
      written;  ///< null where nobody has accepted it yet; a string where there is no message
};

inline constexpr std::string_view kGoldenFiles[] = {"record",  "state",   "trace",
                                                    "log",     "spec",    "connection_status",
                                                    "control", "catalog", "position"};

inline std::string golden_path(std::string_view name) {
  return TEST_DATA "/protocol/" + std::string(name) + ".json";
}

inline std::vector<GoldenLine> read_golden(std::string_view name) {
  std::ifstream file(golden_path(name));
  if (!file) throw std::runtime_error("cannot read " + golden_path(name));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const JsonNode root(whole_json(text));
  std::vector<GoldenLine> lines;
  for (const JsonNode& entry : root.elements()) {
    GoldenLine line;
    for (const JsonNode& member : entry.members()) {
      if (member.name() == "given") line.given = member.text();
      if (member.name() == "written") line.written = member.text();
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

inline void write_golden(std::string_view name, const std::vector<GoldenLine>& lines) {
  std::ofstream file(golden_path(name));
  std::string_view separator = "[\n";
  for (const GoldenLine& line : lines) {
    file << separator << "{\"given\": " << line.given << ",\n\"written\": " << line.written << "}";
    separator = ",\n";
  }
  file << "\n]\n";
}

/// WHARF_ACCEPT=1: what is written today becomes what is expected.
inline bool accept_golden() {
  return std::getenv("WHARF_ACCEPT") != nullptr;
}

}  // namespace wharf::protocol
