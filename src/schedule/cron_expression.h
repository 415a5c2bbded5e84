#pragma once

#include "base/clock.h"
#include "schedule/cron_times.h"
#include "schedule/time_zone.h"

#include <wharf/error.h>

#include <optional>
#include <string>
#include <string_view>

namespace wharf::schedule {

/// When something recurs, in one of two forms that the number of fields tells apart.
///
/// **Quartz**, 6 or 7 fields: `second minute hour day-of-month month day-of-week [year]`.
///   - Lists, ranges and steps: `0,30`, `9-17`, `0/15`, `*/15`, `/15`, `8-18/2`. A range may run
///   over
///     its end, but for years: `22-2`, `FRI-MON`. Names JAN–DEC and SUN–SAT, in small letters too.
///   - Weekdays are numbered 1 (Sunday) to 7 (Saturday); years go from 1970 to 2199.
///   - Exactly one of the two day fields is `?`. Day-of-month also takes `L` (the last day), `L-3`
///     (three days before it), `15W` (the weekday nearest to the 15th, in the same month), `LW`,
///     `L-3W`; day-of-week `L` (7), `6L` (the last Friday), `6#3` (the third Friday). These stand
///     alone, never in a list.
///   - A day that a month does not have is none of it: `31W` skips June. (Quartz rolls over into
///   July
///     for it, and so finds a day in June after all in some years.)
///   - Refused although Quartz takes it, because it reads something else than what is written: a
///   step
///     after names (`MON-FRI/2`), several `W`, letters behind a name (`MONDAY`), an eighth field.
///
/// **Crontab**, 5 fields: `minute hour day-of-month month day-of-week`, as Debian's cron.
///   - Lists, ranges, steps and names as above; a range does not run over its end.
///   - Weekdays are numbered 0 to 7, 0 and 7 being Sunday.
///   - If both day fields are restricted, a day that fits either counts; if one of them begins with
///     a star, both must fit: `*/2` and MON is a Monday on an odd day.
///   - `?`, `L`, `W` and `#` are refused: they belong to the other form.
///
/// **When clocks change.** What decides is what the rest of the field does with the same text:
///   - Quartz: a local time that is skipped does not fire; one that comes twice fires the second
///     time only, also for `0 */15 * * * ?`. (Quartz, asked within the first of the two passes,
///     would forget what was due in the second; here the instants are the same whenever one asks.)
///   - Crontab, if minute or hour begins with a star: what the clock shows, fires: no skipped time,
///     a repeated one twice, so that `*/15 * * * *` is every fifteen minutes of real time.
///   - Crontab with fixed hours and minutes: once each day. A skipped time fires at the first
///   instant
///     after the gap (several of them once), a repeated one the first time only.
///
/// An unchanging value; any thread may ask it.
class CronExpression {
 public:
  enum class Form { quartz, crontab };

  /// Fails with `invalid_argument`, naming the field, what stands in it and what is allowed. An
  /// expression that no calendar ever fulfils (30 February) is refused too.
  static Result<CronExpression> parse(std::string_view text);

  /// The first instant that is later than `after`. Nothing: it never fires again.
  std::optional<base::WallTime> next_after(base::WallTime after, const TimeZone& zone) const;

  Form form() const { return form_; }
  /// As it was written, a space between fields.
  const std::string& text() const { return text_; }

  friend bool operator==(const CronExpression& a, const CronExpression& b) {
    return a.text_ == b.text_;
  }

 private:
  CronExpression(Form form, std::string text, const CronTimes& times);

  std::optional<std::chrono::sys_seconds> first_in(const ZoneSpan& span,
                                                   std::chrono::sys_seconds from,
                                                   const TimeZone& zone) const;

  std::string text_;
  Form form_;
  bool follows_clock_ = false;  // a crontab whose minute or hour begins with a star
  CronTimes times_;
};

}  // namespace wharf::schedule
