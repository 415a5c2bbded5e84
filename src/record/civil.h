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

/// By Cassio Neri and Lorenz Schneider, "Euclidean affine functions": centuries, years and months
/// of a calendar that begins on 1 March, each by one multiplication.
[[gnu::always_inline]] constexpr CivilDate civil_from_days(std::int64_t days) {
  days += 719'468;
  // Far dates are brought into one era of 400 years; the others need it not.
  std::int64_t era = 0;
  if (days < 0 || days >= 1 << 30) era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day = static_cast<std::uint32_t>(days - era * 146'097);
  const std::uint32_t quarter_days = 4 * day + 3;
  const std::uint32_t century = quarter_days / 146'097;
  const std::uint32_t quarter_days_of_century = quarter_days % 146'097 | 3;
  const std::uint64_t years = std::uint64_t{2'939'745} * quarter_days_of_century;
  const auto year_of_century = static_cast<std::uint32_t>(years >> 32);
  const std::uint32_t day_of_year = static_cast<std::uint32_t>(years) / 2'939'745 / 4;
  const std::uint32_t months = 2141 * day_of_year + 197'913;
  const bool next_year = day_of_year >= 306;  // January and February
  return {std::int64_t{100 * century + year_of_century + next_year} + era * 400,
          (months >> 16) - (next_year ? 12 : 0), (months & 0xFFFF) / 2141 + 1};
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
