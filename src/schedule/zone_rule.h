#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wharf::schedule {

/// A stretch of time in which local time runs evenly: local = instant + offset.
struct ZoneSpan {
  std::chrono::sys_seconds begin;  ///< the first instant
  std::chrono::sys_seconds end;    ///< the first one that is no longer in it
  std::chrono::seconds offset{0};  ///< east of Greenwich: positive
};

/// Before and after all time that is asked for: the ends of spans that have no end.
inline constexpr std::chrono::sys_seconds kBeginning =
    std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
inline constexpr std::chrono::sys_seconds kEnd =
    std::chrono::sys_days(std::chrono::year(9999) / 1 / 1);

/// The rule by which a zone goes on after the changes that its file lists: the POSIX text at the
/// file's end, `CET-1CEST,M3.5.0,M10.5.0/3` (RFC 9636, section 3.3). Files list changes until 2037
/// at most, and some systems' end with the last change of law. An unchanging value.
class ZoneRule {
 public:
  /// Nothing if the text is no such rule.
  static std::optional<ZoneRule> parse(std::string_view text);

  ZoneSpan span_at(std::chrono::sys_seconds instant) const;

 private:
  friend class ZoneRuleReader;

  /// A day of the year and the local time of the change on it, which may lie outside of 0 to 24 h.
  struct Change {
    enum class Day { month_week_weekday, julian_without_leap_day, day_of_year } day;
    int month = 0, week = 0, weekday = 0;
    int number = 0;
    std::chrono::seconds time{std::chrono::hours(2)};

    std::chrono::local_seconds in(std::chrono::year year) const;
  };

  std::chrono::seconds standard_{0};
  std::chrono::seconds summer_{0};
  std::optional<Change> to_summer_, to_standard_;  // both or neither
};

}  // namespace wharf::schedule
