#pragma once

#include "schedule/day_rule.h"

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>

namespace wharf::schedule {

/// The local times that a cron expression means: a set, searched from a time on by leaps over whole
/// years, months and days that do not fit. A value; knows no zone.
struct CronTimes {
  static constexpr int kFirstYear = 1970;
  static constexpr int kLastYear = 2199;  ///< the search ends with it

  std::uint64_t seconds = 1;  ///< bit n for second n
  std::uint64_t minutes = 0;
  std::uint64_t hours = 0;
  std::uint64_t months = 0;  ///< bits 1 to 12
  DayRule day_rule;
  std::bitset<kLastYear - kFirstYear + 1> years;

  /// The first of them in [from, before).
  std::optional<std::chrono::local_seconds> first_in(std::chrono::local_seconds from,
                                                     std::chrono::local_seconds before) const;

 private:
  std::optional<std::chrono::local_days> day_from(std::chrono::local_days from,
                                                  std::chrono::local_seconds before) const;
  std::optional<std::chrono::seconds> time_from(std::chrono::seconds from) const;
};

}  // namespace wharf::schedule
