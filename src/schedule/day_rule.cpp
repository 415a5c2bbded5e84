#include "schedule/day_rule.h"

namespace wharf::schedule {
namespace {

using std::chrono::year_month;

unsigned length_of(year_month month) {
  return static_cast<unsigned>((month / std::chrono::last).day());
}

// 0: Sunday.
unsigned weekday_of(year_month month, unsigned day) {
  return std::chrono::weekday(std::chrono::sys_days(month / std::chrono::day(day))).c_encoding();
}

DaySet bit(unsigned day) {
  return DaySet{1} << day;
}

DaySet all_of(year_month month) {
  return (DaySet{2} << length_of(month)) - 2;
}

DaySet on_weekdays(WeekdaySet weekdays, year_month month) {
  DaySet days = 0;
  const unsigned first = weekday_of(month, 1);
  for (unsigned day = 1; day <= length_of(month); ++day) {
    if ((weekdays >> (first + day - 1) % 7 & 1) != 0) days |= bit(day);
  }
  return days;
}

// Saturday goes back to Friday, Sunday on to Monday, unless that is another month.
DaySet nearest_weekday(int wanted, year_month month) {
  if (wanted < 1 || wanted > static_cast<int>(length_of(month))) return 0;
  const auto day = static_cast<unsigned>(wanted);
  switch (weekday_of(month, day)) {
    case 6:
      return bit(day == 1 ? 3 : day - 1);
    case 0:
      return bit(day == length_of(month) ? day - 2 : day + 1);
    default:
      return bit(day);
  }
}

}  // namespace

DaySet days_of(const DayRule& rule, year_month month) {
  struct Days {
    year_month month;

    DaySet operator()(const OnDays& on) const { return on.days & all_of(month); }
    DaySet operator()(const LastDay& last) const {
      const int day = static_cast<int>(length_of(month)) - last.before;
      if (last.weekday) return nearest_weekday(day, month);
      return day < 1 ? 0 : bit(static_cast<unsigned>(day));
    }
    DaySet operator()(const NearestWeekday& nearest) const {
      return nearest_weekday(nearest.day, month);
    }
    DaySet operator()(const OnWeekdays& on) const { return on_weekdays(on.weekdays, month); }
    DaySet operator()(const LastWeekday& last) const {
      const unsigned length = length_of(month);
      return bit(length - (weekday_of(month, length) + 7 - last.weekday) % 7);
    }
    DaySet operator()(const NthWeekday& wanted) const {
      const unsigned first = 1 + (wanted.weekday + 7 - weekday_of(month, 1)) % 7;
      const unsigned day = first + 7 * static_cast<unsigned>(wanted.nth - 1);
      return day > length_of(month) ? 0 : bit(day);
    }
    DaySet operator()(const EitherDay& either) const {
      return (either.days & all_of(month)) | on_weekdays(either.weekdays, month);
    }
    DaySet operator()(const BothDays& both) const {
      return both.days & on_weekdays(both.weekdays, month);
    }
  };
  return std::visit(Days{month}, rule);
}

}  // namespace wharf::schedule
