#include "schedule/cron_reader.h"

#include "base/text.h"
#include "schedule/cron_field.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <vector>

namespace wharf::schedule {
namespace {

constexpr std::string_view kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view kWeekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

CronField quartz(CronField field) {
  field.wraps = true;
  field.steps_alone = true;
  field.steps_after_names = false;
  return field;
}

const CronField kMinute{"minute", 0, 59, 59};
const CronField kHour{"hour", 0, 23, 23};
const CronField kDay{"day-of-month", 1, 31, 31};
const CronField kMonth{"month", 1, 12, 12, kMonths, 1};
const CronField kWeekday{"day-of-week", 0, 7, 7, kWeekdays, 0, "0 and 7 are Sunday"};

const CronField kQuartzSecond = quartz({"second", 0, 59, 59});
const CronField kQuartzMinute = quartz(kMinute);
const CronField kQuartzHour = quartz(kHour);
const CronField kQuartzDay = quartz(kDay);
const CronField kQuartzMonth = quartz(kMonth);
const CronField kQuartzWeekday = quartz({"day-of-week", 1, 7, 7, kWeekdays, 1, "1 is Sunday"});
const CronField kYear{"year", CronTimes::kFirstYear, CronTimes::kLastYear,
                      CronTimes::kLastYear - CronTimes::kFirstYear};

using Fields = std::vector<std::string>;

Result<std::uint64_t> bits_of(const CronField& field, std::string_view text) {
  auto values = values_of(field, text);
  if (!values) return std::move(values).error();
  std::uint64_t bits = 0;
  for (const int value : *values) bits |= std::uint64_t{1} << value;
  return bits;
}

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// `L`, `L-3`, `LW`, `L-3W`.
Result<DayRule> last_day(std::string_view text) {
  LastDay rule;
  std::string_view rest = text.substr(1);
  if (rest.ends_with('W')) {
    rule.weekday = true;
    rest.remove_suffix(1);
  }
  if (!rest.empty()) {
    const auto before = rest.starts_with('-') ? digits(rest.substr(1)) : std::nullopt;
    if (!before || *before < 0 || *before > 30) {
      return refusal(kQuartzDay, text, "must be L, LW, L-1 to L-30 or L-1W to L-30W");
    }
    rule.before = *before;
  }
  return DayRule(rule);
}

Result<DayRule> quartz_day_of_month(std::string_view text) {
  const bool listed = text.find(',') != std::string_view::npos;
  if (text.find('L') != std::string_view::npos || text.find('W') != std::string_view::npos) {
    if (listed) return refusal(kQuartzDay, text, "has L or W in a list; they stand alone");
    if (text.starts_with('L')) return last_day(text);
    const auto day = value_of(kQuartzDay, text.substr(0, text.size() - 1));
    if (!text.ends_with('W') || !day) {
      return refusal(kQuartzDay, text, "must be 1W to 31W, LW, L or L-1 to L-30");
    }
    return DayRule(NearestWeekday{*day});
  }
  auto days = bits_of(kQuartzDay, text);
  if (!days) return std::move(days).error();
  return DayRule(OnDays{static_cast<DaySet>(*days)});
}

Result<DayRule> quartz_day_of_week(std::string_view text) {
  const bool listed = text.find(',') != std::string_view::npos;
  const auto hash = text.find('#');
  const bool last = text.ends_with('L');
  if ((hash != std::string_view::npos || last) && listed) {
    return refusal(kQuartzWeekday, text, "has L or # in a list; they stand alone");
  }
  if (text == "L") return DayRule(OnWeekdays{1U << 6});
  if (hash != std::string_view::npos || last) {
    const auto weekday = value_of(kQuartzWeekday, text.substr(0, last ? text.size() - 1 : hash));
    if (!weekday) return std::move(weekday).error();
    const auto number = static_cast<unsigned>(*weekday - 1);
    if (last) return DayRule(LastWeekday{number});
    const auto nth = digits(text.substr(hash + 1));
    if (!nth || *nth < 1 || *nth > 5) {
      return refusal(kQuartzWeekday, text, "needs a number of 1 to 5 after #");
    }
    return DayRule(NthWeekday{number, *nth});
  }
  auto weekdays = bits_of(kQuartzWeekday, text);
  if (!weekdays) return std::move(weekdays).error();
  return DayRule(OnWeekdays{static_cast<WeekdaySet>(*weekdays >> 1)});
}

Result<DayRule> quartz_days(const std::string& of_month, const std::string& of_week) {
  if ((of_month == "?") == (of_week == "?")) {
    return Error{ErrorCode::invalid_argument,
                 fmt::format("exactly one of day-of-month '{}' and day-of-week '{}' must be ?; the "
                             "other one decides",
                             of_month, of_week)};
  }
  return of_week == "?" ? quartz_day_of_month(of_month) : quartz_day_of_week(of_week);
}

// Debian's cron asks how a field begins, not whether it is a star: `*/2` does not restrict.
Result<DayRule> crontab_days(const std::string& of_month, const std::string& of_week) {
  const auto days = bits_of(kDay, of_month);
  if (!days) return std::move(days).error();
  const auto weekdays = bits_of(kWeekday, of_week);
  if (!weekdays) return std::move(weekdays).error();
  const auto day_set = static_cast<DaySet>(*days);
  const auto weekday_set = static_cast<WeekdaySet>((*weekdays | *weekdays >> 7) & 0x7f);
  if (of_month.front() == '*' || of_week.front() == '*') {
    return DayRule(BothDays{day_set, weekday_set});
  }
  return DayRule(EitherDay{day_set, weekday_set});
}

// `?`, `6#3`, `L`, `LW`, `15W`, `6L`; but not JUL.
bool belongs_to_quartz(std::string_view field) {
  if (field.find_first_of("?#") != std::string_view::npos || field.starts_with("L")) return true;
  const bool letter = field.ends_with('L') || field.ends_with('W');
  return letter && field.size() > 1 && digits(field.substr(field.size() - 2, 1));
}

// One field after the other into the times; the first refusal stops the rest.
class Reader {
 public:
  Result<ReadCron> read(std::string_view written) {
    split(written);
    const std::size_t count = fields_.size();
    if (count < 5 || count > 7) return wrong_count();
    const bool seconds_first = count > 5;
    seconds_first ? quartz() : crontab();
    if (!failure_ && !times_.first_in(std::chrono::local_days(std::chrono::year(1970) / 1 / 1),
                                      std::chrono::local_days(std::chrono::year(2200) / 1 / 1))) {
      fail({ErrorCode::invalid_argument, "it never fires: no calendar has such a day"});
    }
    if (failure_) return std::move(*failure_).during(fmt::format("reading cron '{}'", text_));
    return ReadCron{text_, seconds_first, times_};
  }

 private:
  void split(std::string_view written) {
    std::string spaced(written);
    for (char& c : spaced) {
      if (c == '\t') c = ' ';
    }
    for (const std::string_view field : base::split(spaced, ' ')) {
      if (field.empty()) continue;
      if (!text_.empty()) text_ += ' ';
      text_ += field;
      std::string& capitals = fields_.emplace_back(field);
      for (char& c : capitals) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      }
    }
  }

  Error wrong_count() const {
    return {ErrorCode::invalid_argument,
            fmt::format("cron '{}' has {} field{}; Quartz has 6 or 7 (second minute hour "
                        "day-of-month month day-of-week [year]), a crontab 5 (minute hour "
                        "day-of-month month day-of-week)",
                        text_, fields_.size(), fields_.size() == 1 ? "" : "s")};
  }

  void quartz() {
    times_.seconds = bits(kQuartzSecond, fields_[0]);
    times_.minutes = bits(kQuartzMinute, fields_[1]);
    times_.hours = bits(kQuartzHour, fields_[2]);
    days(quartz_days(fields_[3], fields_[5]));
    times_.months = bits(kQuartzMonth, fields_[4]);
    years(fields_.size() == 7 ? fields_[6] : "*");
  }

  void crontab() {
    for (const auto& field : fields_) {
      if (belongs_to_quartz(field)) {
        return fail({ErrorCode::invalid_argument,
                     fmt::format("'{}' belongs to the Quartz form, which has the second as its "
                                 "first field",
                                 field)});
      }
    }
    times_.minutes = bits(kMinute, fields_[0]);
    times_.hours = bits(kHour, fields_[1]);
    days(crontab_days(fields_[2], fields_[4]));
    times_.months = bits(kMonth, fields_[3]);
    years("*");
  }

  std::uint64_t bits(const CronField& field, std::string_view text) {
    auto read = bits_of(field, text);
    if (read) return *read;
    fail(std::move(read).error());
    return 0;
  }

  void days(Result<DayRule> read) {
    if (read) {
      times_.day_rule = *read;
    } else {
      fail(std::move(read).error());
    }
  }

  void years(std::string_view text) {
    auto read = values_of(kYear, text);
    if (!read) return fail(std::move(read).error());
    for (const int year : *read) {
      times_.years.set(static_cast<std::size_t>(year - CronTimes::kFirstYear));
    }
  }

  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }

  std::string text_;
  Fields fields_;
  CronTimes times_;
  std::optional<Error> failure_;
};

}  // namespace

Result<ReadCron> read_cron(std::string_view text) {
  return Reader().read(text);
}

}  // namespace wharf::schedule
