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

/// The least distance of two firings that anybody may ask for, as in Airbyte.
inline constexpr std::chrono::minutes kSpacingMin(1);

/// Fails with `invalid_argument` if two successive firings are less than `least` apart, and says
/// how far they are. Looks at a schedule's first firings ever, 25 of them, so that what is refused
/// today is refused tomorrow. The readers of schedule_form.h and airbyte_form.h ask for
/// `kSpacingMin`; an operator may set more.
Result<void> check_spacing(const Schedule& schedule, std::chrono::seconds least = kSpacingMin);

}  // namespace wharf::schedule
