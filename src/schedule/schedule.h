#pragma once

#include "base/clock.h"
#include "schedule/cron_expression.h"
#include "schedule/time_zone.h"

#include <wharf/error.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace wharf::schedule {

/// Runs when somebody asks for it, and never by itself.
struct Manual {
  friend bool operator==(const Manual&, const Manual&) = default;
};

/// Airbyte's units. A day is 24 hours wherever the clocks change; a month is 30 days, as there.
enum class TimeUnit { minutes, hours, days, weeks, months };
std::string_view name_of(TimeUnit unit);  ///< "hours"

/// Every so many units, counted from the creation of the job before.
struct Basic {
  int units = 1;
  TimeUnit unit = TimeUnit::hours;

  std::chrono::minutes interval() const;
  friend bool operator==(const Basic&, const Basic&) = default;
};

/// When an expression says so.
struct Cron {
  CronExpression expression;
  std::optional<TimeZone> zone;  ///< none: the setting's, else the system's

  friend bool operator==(const Cron&, const Cron&) = default;
};

/// What happens to firings that nobody watched, because the daemon was down: one run for all of
/// them, as soon as it is up again; or none, and the next one counts.
enum class Missed { once, skip };
std::string_view name_of(Missed missed);  ///< "once"

/// When a connection runs by itself.
struct Schedule {
  std::variant<Manual, Basic, Cron> timing = Manual{};
  Missed missed = Missed::once;
  bool jitter = false;  ///< spread in time, so that not all connections start at once: due.h

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// Says so if any two of the next three firings after `from` are less than `floor` apart, and how
/// far they are. Airbyte's floor is one minute, and this project's; an operator may set a higher
/// one.
Result<void> check_spacing(const Schedule& schedule, base::WallTime from,
                           const TimeZone& default_zone,
                           std::chrono::seconds floor = std::chrono::minutes(1));

}  // namespace wharf::schedule
