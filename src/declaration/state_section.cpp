#include "declaration/state_section.h"

#include <charconv>

namespace wharf::declaration {
namespace {

std::int64_t number_in(Section& section, std::string_view key) {
  const std::string text = section.text(key, "0");
  std::int64_t number = -1;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size() || number < 0) {
    section.problem(section.line_of(key), std::string(key) + " must be a whole number from 0 on");
    return 0;
  }
  return number;
}

checkpoint::Counters counters_in(Section section) {
  checkpoint::Counters counters;
  counters.stream.name = section.text("name");
  const std::string name_space = section.text("namespace");
  if (!name_space.empty()) counters.stream.name_space = name_space;
  counters.generation = number_in(section, "generation");
  if (section.flag("truncates", false)) counters.minimum_generation = counters.generation;
  counters.epoch = number_in(section, "epoch");
  if (section.flag("edited", false)) counters.edit = checkpoint::Edit::fresh;
  section.finish();
  return counters;
}

}  // namespace

std::optional<StartingState> state_in(Section& connection) {
  const YAML::Node node = connection.get("state");
  if (!node.IsDefined() || node.IsNull()) return std::nullopt;
  Section section = connection.section("state", "state");
  if (!section.is_map()) return std::nullopt;  // said already
  StartingState state;
  const std::string text = section.text("checkpoints", "[]");
  if (text != "[]") {
    auto parsed = protocol::parse_start_state(text);
    if (parsed) {
      state.checkpoints = std::move(*parsed);
    } else {
      section.problem(section.line_of("checkpoints"),
                      "this is no state: " + parsed.error().message);
    }
  }
  const YAML::Node list = section.get("counters");
  if (list.IsDefined() && !list.IsSequence()) {
    section.problem(section.line_of("counters"), "counters must be a list");
  } else if (list.IsDefined()) {
    for (const auto& item : list)
      state.counters.push_back(counters_in(section.item(item, "counters")));
  }
  section.finish();
  return state;
}

}  // namespace wharf::declaration
