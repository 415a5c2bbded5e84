#include "schedule/zone_rule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace wharf::schedule {

using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// Takes the text apart from its front; `failed` once something was not as it must be.
class ZoneRuleReader {
 public:
  explicit ZoneRuleReader(std::string_view text) : rest_(text) {}

  std::optional<ZoneRule> read() {
    ZoneRule rule;
    name();
    rule.standard_ = -time(24);
    rule.summer_ = rule.standard_ + std::chrono::hours(1);
    if (rest_.empty()) return finished(rule);
    name();
    if (!rest_.empty() && rest_.front() != ',') rule.summer_ = -time(24);
    expect(',');
    rule.to_summer_ = change();
    expect(',');
    rule.to_standard_ = change();
    return finished(rule);
  }

 private:
  using Change = ZoneRule::Change;

  std::optional<ZoneRule> finished(const ZoneRule& rule) const {
    return failed_ || !rest_.empty() ? std::nullopt : std::optional(rule);
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { failed_ |= !take(c); }

  // `CET`, or `<+1030>`.
  void name() {
    const bool quoted = take('<');
    const auto end = quoted ? rest_.find('>') : rest_.find_first_of("+-,0123456789");
    const std::size_t length = std::min(end, rest_.size());
    failed_ |= length < 3;
    rest_.remove_prefix(length);
    if (quoted) expect('>');
  }

  int number(int low, int high) {
    int value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    failed_ |= error != std::errc() || value < low || value > high;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return failed_ ? low : value;
  }

  // `-10:30`: hours, minutes, seconds.
  seconds time(int hours_max) {
    const bool negative = take('-');
    if (!negative) take('+');
    seconds sum = std::chrono::hours(number(0, hours_max));
    if (take(':')) sum += std::chrono::minutes(number(0, 59));
    if (take(':')) sum += seconds(number(0, 59));
    return negative ? -sum : sum;
  }

  Change change() {
    Change change{Change::Day::day_of_year};
    if (take('M')) {
      change.day = Change::Day::month_week_weekday;
      change.month = number(1, 12);
      expect('.');
      change.week = number(1, 5);
      expect('.');
      change.weekday = number(0, 6);
    } else if (take('J')) {
      change.day = Change::Day::julian_without_leap_day;
      change.number = number(1, 365);
    } else {
      change.number = number(0, 365);
    }
    if (take('/')) change.time = time(167);
    return change;
  }

  std::string_view rest_;
  bool failed_ = false;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  return ZoneRuleReader(text).read();
}

local_seconds ZoneRule::Change::in(std::chrono::year year) const {
  const local_days first = local_days(year / 1 / 1);
  switch (day) {
    case Day::month_week_weekday: {
      const auto month_of_year = year / std::chrono::month(static_cast<unsigned>(month));
      const std::chrono::weekday which(static_cast<unsigned>(weekday));
      if (week == 5) return local_days(month_of_year / which[std::chrono::last]) + time;
      return local_days(month_of_year / which[static_cast<unsigned>(week)]) + time;
    }
    case Day::julian_without_leap_day: {
      const bool after_leap_day = year.is_leap() && number >= 60;
      return first + std::chrono::days(number - (after_leap_day ? 0 : 1)) + time;
    }
    case Day::day_of_year:
      break;
  }
  return first + std::chrono::days(number) + time;
}

ZoneSpan ZoneRule::span_at(sys_seconds instant) const {
  if (!to_summer_) return {kBeginning, kEnd, standard_};
  const std::chrono::year now =
      std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(instant)).year();
  std::array<std::pair<sys_seconds, seconds>, 6> changes;  // when, and the offset from then on
  for (int i = 0; i < 3; ++i) {
    const std::chrono::year each = now + std::chrono::years(i - 1);
    const auto at = static_cast<std::size_t>(i) * 2;
    changes[at] = {sys_seconds(to_summer_->in(each).time_since_epoch() - standard_), summer_};
    changes[at + 1] = {sys_seconds(to_standard_->in(each).time_since_epoch() - summer_), standard_};
  }
  std::sort(changes.begin(), changes.end());
  const auto next = std::find_if(changes.begin(), changes.end(),
                                 [&](const auto& change) { return change.first > instant; });
  // The year before and the year after stand in the list too, so both neighbours do.
  return {std::prev(next)->first, next->first, std::prev(next)->second};
}

}  // namespace wharf::schedule
