#pragma once

#include "schedule/schedule.h"

#include <wharf/error.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace wharf::schedule {

/// The words of a schedule as a declaration writes them, each as it stands there:
///
///     {type: manual}
///     {type: basic, every: 6 hours, missed: skip}
///     {type: cron, expression: "0 0 3 * * ?", timezone: Europe/Berlin, jitter: true}
///
/// `missed` is `once` (default) or `skip`.
struct ScheduleWords {
  std::string type;
  std::optional<std::string> every, expression, timezone, missed;
  bool jitter = false;
};

/// Words → the value. Fails with `invalid_argument`: a word that is wrong, one that is needed, one
/// that belongs to another type, firings closer than `kSpacingMin`.
Result<Schedule> schedule_of(const ScheduleWords& words);

/// The value → words: what `schedule_of` makes the same value of.
ScheduleWords words_of(const Schedule& schedule);

/// "6 hours", "1 day", "30 minutes" → Basic.
Result<Basic> every(std::string_view text);

/// A cron as all forms make it: the expression is read, its spacing checked, the zone looked up.
/// Ids that begin with `Etc` are refused as in Airbyte: the sign of Etc/GMT+5 is the reverse of
/// what it seems to say.
Result<Cron> cron(std::string_view expression, std::optional<std::string_view> zone);

/// The declaration's words as a JSON object: how the store keeps a schedule.
nlohmann::json to_json(const Schedule& schedule);
Result<Schedule> from_json(const nlohmann::json& object);

}  // namespace wharf::schedule
