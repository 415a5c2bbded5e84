#include "record/time_form.h"

#include <wharf/record/text_form.h>

#include <cstring>
#include <string_view>

#include "record/civil.h"
#include "record/digits.h"

namespace wharf::record {
namespace {

/// Reads a text from its front; every `take_…` moves on only if it succeeds.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool done() const { return at_ == end_; }
  bool take(char wanted) {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view wanted) {
    if (static_cast<std::size_t>(end_ - at_) < wanted.size()) return false;
    if (std::memcmp(at_, wanted.data(), wanted.size()) != 0) return false;
    at_ += wanted.size();
    return true;
  }
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  bool at_digit() const { return at_ != end_ && is_digit(*at_); }
  /// Exactly two digits.
  bool take_two(unsigned& out) {
    if (end_ - at_ < 2 || !is_digit(at_[0]) || !is_digit(at_[1])) return false;
    out = static_cast<unsigned>((at_[0] - '0') * 10 + (at_[1] - '0'));
    at_ += 2;
    return true;
  }
  /// One digit or two.
  bool take_one_or_two(unsigned& out) {
    if (take_two(out)) return true;
    if (!at_digit()) return false;
    out = static_cast<unsigned>(*at_++ - '0');
    return true;
  }
  std::size_t digits_ahead() const {
    const char* at = at_;
    while (at != end_ && is_digit(*at)) ++at;
    return static_cast<std::size_t>(at - at_);
  }
  std::int64_t take_digits(std::size_t count) {
    std::int64_t value = 0;
    while (count-- > 0) value = value * 10 + (*at_++ - '0');
    return value;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  const char* at_;
  const char* end_;
};

/// A date before the sign of its era is known: ` BC` stands at the very end of a timestamp.
bool take_date(TimeReader& text, CivilDate& out) {
  bool negative = text.take('-');
  bool sign = negative || text.take('+');
  std::size_t digits = text.digits_ahead();
  if (digits == 8 && !sign) {  // 20240131
    out.year = text.take_digits(4);
    text.take_two(out.month);
    text.take_two(out.day);
  } else {
    if (digits < 4 || digits > 9) return false;
    out.year = text.take_digits(digits);
    if (negative) out.year = -out.year;
    char separator = text.peek();
    if (separator != '-' && separator != '/' && separator != '.' && separator != ' ') return false;
    text.take(separator);
    if (!text.take_one_or_two(out.month) || !text.take(separator)) return false;
    if (!text.take_one_or_two(out.day)) return false;
  }
  return out.month >= 1 && out.month <= 12 && out.day >= 1;
}

/// The days of a date whose text ends here or goes on with ` BC`.
bool finish_date(TimeReader& text, CivilDate date, std::int64_t& days) {
  if (text.take(" BC")) {
    if (date.year < 1) return false;
    date.year = 1 - date.year;
  }
  if (!text.done() || date.day > days_of_month(date.year, date.month)) return false;
  days = days_from_civil(date.year, date.month, date.day);
  return true;
}

bool take_time(TimeReader& text, std::int64_t& nanos) {
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  if (!text.take_two(hour) || !text.take(':') || !text.take_two(minute)) return false;
  std::int64_t fraction = 0;
  if (text.take(':')) {
    if (!text.take_two(second)) return false;
    if (text.take('.') || text.take(',')) {
      std::size_t digits = text.digits_ahead();
      if (digits == 0) return false;
      std::size_t read = digits < 9 ? digits : 9;
      fraction = text.take_digits(read);
      for (std::size_t i = read; i < 9; ++i) fraction *= 10;
      text.take_digits(digits - read);
    }
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  nanos = static_cast<std::int64_t>(hour * 3600 + minute * 60 + second) * 1'000'000'000 + fraction;
  return true;
}

/// `Z`, `UTC`, ±HH:MM, ±HHMM, ±HH, ±H:MM, ±HH:MM:SS, a space before them allowed; or nothing.
bool take_offset(TimeReader& text, std::int32_t& seconds) {
  seconds = 0;
  TimeReader before = text;
  bool space = text.take(' ');
  if (text.take('Z') || text.take('z') || text.take("UTC") || text.take("GMT")) return true;
  char sign = text.peek();
  if (sign != '+' && sign != '-') {
    if (space) text = before;  // what follows may be an era
    return true;
  }
  text.take(sign);
  unsigned hours = 0;
  unsigned minutes = 0;
  unsigned rest = 0;
  if (!text.take_one_or_two(hours)) return false;
  if (text.take(':')) {
    if (!text.take_two(minutes)) return false;
    if (text.take(':') && !text.take_two(rest)) return false;
  } else if (text.at_digit() && !text.take_two(minutes)) {
    return false;
  }
  if (minutes > 59 || rest > 59) return false;
  seconds = static_cast<std::int32_t>(hours * 3600 + minutes * 60 + rest);
  if (seconds > kOffsetMost) return false;
  if (sign == '-') seconds = -seconds;
  return true;
}

struct TextTimestamp {
  std::int64_t second;  // of the wall clock
  std::uint32_t nanos;
  std::int32_t offset;
};

bool read_timestamp(std::string_view text, TextTimestamp& out) {
  TimeReader reader(text);
  CivilDate date{};
  std::int64_t nanos = 0;
  std::int64_t days = 0;
  if (!take_date(reader, date)) return false;
  if (!reader.take('T') && !reader.take(' ') && !reader.take('t')) return false;
  if (!take_time(reader, nanos) || !take_offset(reader, out.offset)) return false;
  if (!finish_date(reader, date, days)) return false;
  out.second = days * kSecondsOfDay + nanos / 1'000'000'000;
  out.nanos = static_cast<std::uint32_t>(nanos % 1'000'000'000);
  return true;
}

bool read_time(std::string_view text, std::int64_t& nanos, std::int32_t& offset) {
  TimeReader reader(text);
  return take_time(reader, nanos) && take_offset(reader, offset) && reader.done();
}

// ---- writing

constexpr std::string_view kBeforeChrist = " BC";

/// The date without its era, which is written at the very end.
[[gnu::always_inline]] inline char* write_date(char* to, const CivilDate& date) {
  const std::int64_t year = date.year <= 0 ? 1 - date.year : date.year;
  if (year <= 9999) {
    to = write_four(to, static_cast<unsigned>(year));
  } else {
    *to++ = '+';
    to = write_unsigned(to, static_cast<std::uint64_t>(year));
  }
  *to++ = '-';
  to = write_pair(to, date.month);
  *to++ = '-';
  return write_pair(to, date.day);
}

char* write_era(char* to, const CivilDate& date) {
  if (date.year > 0) return to;
  std::memcpy(to, kBeforeChrist.data(), kBeforeChrist.size());
  return to + kBeforeChrist.size();
}

/// HH:MM:SS and as much of a fraction as there is.
[[gnu::always_inline]] inline char* write_clock(char* to, unsigned second, std::uint32_t nanos) {
  const unsigned minute = second / 60;
  const unsigned hour = minute / 60;
  to = write_pair(to, hour);
  *to++ = ':';
  to = write_pair(to, minute - hour * 60);
  *to++ = ':';
  to = write_pair(to, second - minute * 60);
  if (nanos == 0) return to;
  *to++ = '.';
  to = write_digits(to, nanos, 9);
  while (to[-1] == '0') --to;
  return to;
}

char* write_nanos_of_day(char* to, std::int64_t nanos) {
  return write_clock(to, static_cast<unsigned>(nanos / 1'000'000'000),
                     static_cast<std::uint32_t>(nanos % 1'000'000'000));
}

char* write_offset(char* to, std::int32_t seconds) {
  if (seconds == 0) {
    *to++ = 'Z';
    return to;
  }
  *to++ = seconds < 0 ? '-' : '+';
  auto magnitude = static_cast<unsigned>(seconds < 0 ? -seconds : seconds);
  to = write_pair(to, magnitude / 3600);
  *to++ = ':';
  to = write_pair(to, magnitude / 60 % 60);
  if (magnitude % 60 == 0) return to;
  *to++ = ':';
  return write_pair(to, magnitude % 60);
}

struct WallClock {
  CivilDate date;
  unsigned second;  // of the day
};

[[gnu::always_inline]] inline WallClock wall_clock(std::int64_t second) {
  const std::int64_t days = floor_day(second);
  return {civil_from_days(days), static_cast<unsigned>(second - days * kSecondsOfDay)};
}

/// Date, `T` and clock; the caller writes what follows and then the era.
[[gnu::always_inline]] inline char* write_wall_clock(char* to, const WallClock& clock,
                                                     std::uint32_t nanos) {
  to = write_date(to, clock.date);
  *to++ = 'T';
  return write_clock(to, clock.second, nanos);
}

}  // namespace

bool parse_date(std::string_view text, Value& out) {
  TimeReader reader(text);
  CivilDate date{};
  std::int64_t days = 0;
  if (!take_date(reader, date) || !finish_date(reader, date, days)) return false;
  out = Value::date(days);
  return true;
}

bool parse_time(std::string_view text, Value& out) {
  std::int64_t nanos = 0;
  std::int32_t offset = 0;
  if (!read_time(text, nanos, offset)) return false;
  out = Value::time(nanos);
  return true;
}

bool parse_time_tz(std::string_view text, Value& out) {
  std::int64_t nanos = 0;
  std::int32_t offset = 0;
  if (!read_time(text, nanos, offset)) return false;
  out = Value::time_tz(nanos, offset);
  return true;
}

bool parse_timestamp(std::string_view text, Value& out) {
  TextTimestamp read{};
  if (!read_timestamp(text, read)) return false;
  out = Value::timestamp(read.second, read.nanos);
  return true;
}

bool parse_timestamp_tz(std::string_view text, Value& out) {
  TextTimestamp read{};
  if (!read_timestamp(text, read)) return false;
  out = Value::timestamp_tz(read.second - read.offset, read.nanos, read.offset);
  return true;
}

char* write_time(char* to, const Value& value) {
  switch (value.kind()) {
    case Kind::date: {
      const CivilDate date = civil_from_days(value.days());
      return write_era(write_date(to, date), date);
    }
    case Kind::time:
      return write_nanos_of_day(to, value.nanos_of_day());
    case Kind::time_tz:
      return write_offset(write_nanos_of_day(to, value.nanos_of_day()), value.offset_seconds());
    case Kind::timestamp: {
      const WallClock clock = wall_clock(value.second());
      return write_era(write_wall_clock(to, clock, value.nanos()), clock.date);
    }
    default: {
      const WallClock clock = wall_clock(value.second() + value.offset_seconds());
      to = write_wall_clock(to, clock, value.nanos());
      return write_era(write_offset(to, value.offset_seconds()), clock.date);
    }
  }
}

char* write_timestamp_utc(char* to, std::int64_t second, std::uint32_t nanos) {
  const WallClock clock = wall_clock(second);
  to = write_wall_clock(to, clock, nanos);
  *to++ = 'Z';
  return write_era(to, clock.date);
}

bool is_in_range(const Value& value) {
  constexpr std::int64_t kSecondsMost = kDaysMost * kSecondsOfDay;
  constexpr std::int64_t kSecondsLeast = kDaysLeast * kSecondsOfDay;
  auto offset_fits = [](std::int32_t offset) {
    return offset >= -kOffsetMost && offset <= kOffsetMost;
  };
  auto time_fits = [](std::int64_t nanos) { return nanos >= 0 && nanos < kNanosOfDay; };
  auto second_fits = [](const Value& v) {
    return v.second() >= kSecondsLeast && v.second() <= kSecondsMost && v.nanos() < 1'000'000'000;
  };
  switch (value.kind()) {
    case Kind::date:
      return value.days() >= kDaysLeast && value.days() <= kDaysMost;
    case Kind::time:
      return time_fits(value.nanos_of_day());
    case Kind::time_tz:
      return time_fits(value.nanos_of_day()) && offset_fits(value.offset_seconds());
    case Kind::timestamp:
      return second_fits(value);
    case Kind::timestamp_tz:
      return second_fits(value) && offset_fits(value.offset_seconds());
    default:
      return true;
  }
}

void append_iso_millis(Buffer& out, std::int64_t epoch_millis) {
  std::int64_t second = epoch_millis / 1000;
  std::int64_t millis = epoch_millis % 1000;
  if (millis < 0) {
    millis += 1000;
    --second;
  }
  const WallClock clock = wall_clock(second);
  char* to = write_wall_clock(out.room(kTimeChars), clock, 0);
  *to++ = '.';
  to = write_digits(to, static_cast<std::uint64_t>(millis), 3);
  *to++ = 'Z';
  out.advance(write_era(to, clock.date));
}

}  // namespace wharf::record
