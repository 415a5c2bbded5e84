#pragma once

#include "schedule/schedule.h"

#include <wharf/error.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace wharf::schedule {

/// Schedules as Airbyte's two interfaces write them. Neither has a word for missed runs or jitter:
/// what is read has the defaults, and who changes a schedule by them keeps what was.
///
/// The public API: `{"scheduleType":"cron","cronExpression":"0 0 3 * * ?"}` or
/// `{"scheduleType":"manual"}`. The zone is UTC, unless the expression ends in a zone's name, as
/// those do that were read from it. A basic schedule is refused, as there.
Result<Schedule> from_public(const nlohmann::json& object);
/// The expression with its zone behind it, `default_zone` where it has none of its own:
/// `0 0 3 * * ? UTC`; of a basic schedule `"basicTiming":"Every 6 HOURS"`.
nlohmann::json to_public(const Schedule& schedule, const TimeZone& default_zone);

/// The Config API: `scheduleType` beside `scheduleData`, which is `{"basicSchedule":{"timeUnit",
/// "units"}}` or `{"cron":{"cronExpression","cronTimeZone"}}`; type and data must match.
Result<Schedule> from_schedule_data(const std::string& type, const nlohmann::json& data);
/// `scheduleType` and, but for a manual one, `scheduleData`; of a basic one also the legacy
/// `schedule`.
nlohmann::json to_schedule_data(const Schedule& schedule, const TimeZone& default_zone);

}  // namespace wharf::schedule
