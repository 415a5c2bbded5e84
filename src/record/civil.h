#pragma once
// Days and the proleptic Gregorian calendar, in integers. Year 0 is 1 BC.

#include <cstdint>

namespace wharf::record {

struct CivilDate {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// What a date or timestamp may be: years of nine digits, as Java's. Beyond: it does not fit.
inline constexpr std::int64_t kYearMost = 999'999'999;
inline constexpr std::int64_t kDaysMost = 365'241'780'471;
inline constexpr std::int64_t kDaysLeast = -365'243'219'162;
inline constexpr std::int64_t kSecondsOfDay = 86'400;
inline constexpr std::int64_t kNanosOfDay = kSecondsOfDay * 1'000'000'000;
inline constexpr std::int32_t kOffsetMost = 18 * 3600;

/// Eras of 400 years that begin on 1 March, as in Howard Hinnant's days_from_civil.
constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  auto year_of_era = static_cast<unsigned>(year - era * 400);
  unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

constexpr CivilDate civil_from_days(std::int64_t days) {
  days += 719'468;
  std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned shifted = (5 * day_of_year + 2) / 153;
  unsigned day = day_of_year - (153 * shifted + 2) / 5 + 1;
  unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2), month, day};
}

constexpr unsigned days_of_month(std::int64_t year, unsigned month) {
  constexpr unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month - 1];
}

/// Splits seconds into the day and the second of it, also before 1970.
constexpr std::int64_t floor_day(std::int64_t second) {
  std::int64_t day = second / kSecondsOfDay;
  return second % kSecondsOfDay < 0 ? day - 1 : day;
}

}  // namespace wharf::record
