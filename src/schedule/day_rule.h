#pragma once

#include <chrono>
#include <cstdint>
#include <variant>

namespace wharf::schedule {

/// Days of a month, bit n for day n; weekdays, bit 0 for Sunday to bit 6 for Saturday.
using DaySet = std::uint32_t;
using WeekdaySet = std::uint8_t;

/// `1,15`: these days of the month.
struct OnDays {
  DaySet days;
};
/// `L`, `L-3`, `LW`, `L-3W`: so many days before the last one; with W the weekday nearest to it.
struct LastDay {
  int before = 0;
  bool weekday = false;
};
/// `15W`: the weekday (Monday to Friday) nearest to that day, in the same month.
struct NearestWeekday {
  int day;
};
/// `MON-FRI`: these days of the week.
struct OnWeekdays {
  WeekdaySet weekdays;
};
/// `6L`: the last such day of the week in the month.
struct LastWeekday {
  unsigned weekday;  ///< 0: Sunday
};
/// `6#3`: the third such day of the week in the month.
struct NthWeekday {
  unsigned weekday;
  int nth;
};
/// A crontab's two fields, both restricted: a day that fits either.
struct EitherDay {
  DaySet days;
  WeekdaySet weekdays;
};
/// A crontab's two fields, one of them beginning with a star: a day that fits both.
struct BothDays {
  DaySet days;
  WeekdaySet weekdays;
};

/// What a cron expression's two day fields say together.
using DayRule = std::variant<OnDays, LastDay, NearestWeekday, OnWeekdays, LastWeekday, NthWeekday,
                             EitherDay, BothDays>;

/// The days of one month that fit. A day that the month does not have (31 in June, `L-30` or `30W`
/// in February, a fifth Friday) is none of it.
DaySet days_of(const DayRule& rule, std::chrono::year_month month);

}  // namespace wharf::schedule
