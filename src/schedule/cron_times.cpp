#include "schedule/cron_times.h"

#include <algorithm>
#include <bit>

namespace wharf::schedule {
namespace {

using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr int kNone = 64;

// The first bit of a set from `from` on, or kNone.
int bit_from(std::uint64_t set, int from) {
  return from > 63 ? kNone : std::countr_zero(set >> from << from);
}

std::chrono::seconds time_of(int hour, int minute, int second) {
  return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

}  // namespace

std::optional<local_seconds> CronTimes::first_in(local_seconds from, local_seconds before) const {
  from = std::max<local_seconds>(from, local_days(std::chrono::year(kFirstYear) / 1 / 1));
  local_days start = std::chrono::floor<std::chrono::days>(from);
  while (const auto day = day_from(start, before)) {
    const auto time = time_from(std::max(std::chrono::seconds(0), from - *day));
    if (time) return *day + *time < before ? std::optional(*day + *time) : std::nullopt;
    start = *day + std::chrono::days(1);
  }
  return std::nullopt;
}

std::optional<local_days> CronTimes::day_from(local_days from, local_seconds before) const {
  const year_month_day date(from);
  year_month month = date.year() / date.month();
  unsigned day = static_cast<unsigned>(date.day());
  while (local_days(month / std::chrono::day(day)) < before &&
         month.year() <= std::chrono::year(kLastYear)) {
    const auto year = static_cast<std::size_t>(static_cast<int>(month.year()) - kFirstYear);
    if (!years.test(year)) {
      month = (month.year() + std::chrono::years(1)) / std::chrono::January;
    } else if ((months >> static_cast<unsigned>(month.month()) & 1) == 0) {
      month += std::chrono::months(1);
    } else {
      const int found = bit_from(days_of(day_rule, month), static_cast<int>(day));
      if (found != kNone) return local_days(month / std::chrono::day(static_cast<unsigned>(found)));
      month += std::chrono::months(1);
    }
    day = 1;
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> CronTimes::time_from(std::chrono::seconds from) const {
  const std::chrono::hh_mm_ss clock(from);
  const auto now_hour = static_cast<int>(clock.hours().count());
  const auto now_minute = static_cast<int>(clock.minutes().count());
  const auto now_second = static_cast<int>(clock.seconds().count());
  const int first_minute = bit_from(minutes, 0);
  const int first_second = bit_from(seconds, 0);

  if (bit_from(hours, now_hour) == now_hour) {
    if (bit_from(minutes, now_minute) == now_minute) {
      const int second = bit_from(seconds, now_second);
      if (second != kNone) return time_of(now_hour, now_minute, second);
    }
    const int minute = bit_from(minutes, now_minute + 1);
    if (minute != kNone) return time_of(now_hour, minute, first_second);
  }
  const int hour = bit_from(hours, now_hour + 1);
  if (hour != kNone) return time_of(hour, first_minute, first_second);
  return std::nullopt;
}

}  // namespace wharf::schedule
