#include "connectors/source_file/plain_times.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "connectors/source_file/eight_bytes.h"

namespace wharf::connectors::source_file {
namespace {

using record::Value;

/// Three numbers of two digits.
struct ThreePairs {
  unsigned first;
  unsigned second;
  unsigned third;
};

/// Of the eight characters at `at`, with `separator` between the pairs.
[[gnu::always_inline]] inline bool read_pairs(const char* at, char separator, ThreePairs& out) {
  constexpr std::uint64_t kSeparators = 0x0000FF0000FF0000;  // the third and the sixth byte
  const std::uint64_t form = (eight_of('0') & ~kSeparators) |
                             (eight_of(static_cast<unsigned char>(separator)) & kSeparators);
  const std::uint64_t bytes = load_eight(at) ^ form;
  const std::uint64_t pairs = bytes * 10 + (bytes >> 8);
  out = {static_cast<unsigned>(pairs & 0xFF), static_cast<unsigned>(pairs >> 24 & 0xFF),
         static_cast<unsigned>(pairs >> 48 & 0xFF)};
  return (flags_of_no_digits(bytes) | (bytes & kSeparators)) == 0;
}

/// Days since 1970 of the `YYYY-MM-DD` at `at`.
bool plain_days(const char* at, std::int64_t& days) {
  const auto thousands = static_cast<unsigned>(at[0] - '0');
  const auto hundreds = static_cast<unsigned>(at[1] - '0');
  ThreePairs pairs{};
  if (!read_pairs(at + 2, '-', pairs) || thousands > 9 || hundreds > 9) [[unlikely]]
    return false;
  const unsigned year = thousands * 1000 + hundreds * 100 + pairs.first;
  const unsigned month = pairs.second;
  const unsigned day = pairs.third;
  if (year < 1 || month - 1 > 11 || day < 1) [[unlikely]]
    return false;
  static constexpr std::array<unsigned char, 13> kLengths = {0,  31, 28, 31, 30, 31, 30,
                                                             31, 31, 30, 31, 30, 31};
  if (day > kLengths[month]) [[unlikely]] {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month != 2 || day != 29 || !leap) return false;
  }
  // Counted from the first of March of year 0, so that the leap day is a year's last.
  static constexpr std::array<unsigned short, 13> kBeforeMonth = {0,   306, 337, 0,   31,  61, 92,
                                                                  122, 153, 184, 214, 245, 275};
  const unsigned march_year = month > 2 ? year : year - 1;
  const unsigned century = march_year / 100;
  days = std::int64_t{march_year * 365 + march_year / 4 - century + century / 4 +
                      kBeforeMonth[month] + day} -
         719469;
  return true;
}

/// The digits of a fraction of a second, up to nine.
bool plain_nanos(std::string_view digits, std::uint32_t& nanos) {
  nanos = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    const auto digit = i < digits.size() ? static_cast<unsigned>(digits[i] - '0') : 0;
    if (digit > 9) return false;
    nanos = nanos * 10 + digit;
  }
  return true;
}

}  // namespace

Value plain_date(std::string_view text) {
  std::int64_t days = 0;
  if (text.size() != 10 || !plain_days(text.data(), days)) return {};
  return Value::date(days);
}

Value plain_timestamp(std::string_view text) {
  const std::size_t size = text.size();
  if (size < 19 || size > 29 || size == 20) return {};
  const char* at = text.data();
  std::int64_t days = 0;
  ThreePairs clock{};
  if (!plain_days(at, days) || (at[10] != 'T' && at[10] != ' ')) [[unlikely]]
    return {};
  if (!read_pairs(at + 11, ':', clock)) [[unlikely]]
    return {};
  if (clock.first > 23 || clock.second > 59 || clock.third > 59) [[unlikely]]
    return {};
  std::uint32_t nanos = 0;
  if (size > 20 && (at[19] != '.' || !plain_nanos(text.substr(20), nanos))) return {};
  return Value::timestamp(days * 86400 + clock.first * 3600 + clock.second * 60 + clock.third,
                          nanos);
}

Value plain_timestamp_tz(std::string_view text) {
  if (!text.ends_with('Z')) return {};
  text.remove_suffix(1);
  const Value wall = plain_timestamp(text);
  return wall.is_null() ? wall : Value::timestamp_tz(wall.second(), wall.nanos(), 0);
}

}  // namespace wharf::connectors::source_file
