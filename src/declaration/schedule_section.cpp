#include "declaration/schedule_section.h"

#include "schedule/schedule_form.h"

#include <optional>
#include <string>

namespace wharf::declaration {

schedule::Schedule schedule_in(Section& connection) {
  const YAML::Node node = connection.get("schedule");
  if (!node.IsDefined() || node.IsNull()) return {};
  Section section = connection.section("schedule", "schedule");
  if (!section.is_map()) return {};  // said already
  const auto word = [&](const char* key) -> std::optional<std::string> {
    if (!section.get(key).IsDefined()) return std::nullopt;
    return section.text(key);
  };
  schedule::ScheduleWords words;
  words.type = section.text("type");
  words.every = word("every");
  words.expression = word("expression");
  words.timezone = word("timezone");
  words.missed = word("missed");
  words.jitter = section.flag("jitter", false);
  section.finish();
  auto schedule = schedule::schedule_of(words);
  if (schedule) return std::move(*schedule);
  section.problem(section.place().line, schedule.error().message);
  return {};
}

}  // namespace wharf::declaration
