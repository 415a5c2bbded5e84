#include "connectors/source_file/plain_numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "connectors/source_file/eight_bytes.h"

namespace wharf::connectors::source_file {
namespace {

using record::Value;

constexpr std::array<std::int64_t, 9> kPowersOfTen = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

/// Digits in front of a text.
struct Digits {
  std::int64_t value = 0;
  std::size_t count = 0;
};

/// Those of `text`, of at most eight characters, put behind the digits `before`.
[[gnu::always_inline]] inline Digits take_eight(std::string_view text, std::int64_t before) {
  const std::uint64_t digits = load_short(text) ^ eight_of('0');
  // What stands behind the text is no digit either.
  const auto count = static_cast<std::size_t>(std::countr_zero(flags_of_no_digits(digits))) / 8;
  if (count == 0) return {before, 0};
  const std::uint64_t number = number_of_digits(digits << (8 * (8 - count)));
  return {before * kPowersOfTen[count] + static_cast<std::int64_t>(number), count};
}

/// Likewise of at most 18.
Digits take_digits(std::string_view text, std::int64_t before) {
  if (text.size() < 8) return take_eight(text, before);
  const Digits first = take_eight({text.data(), 8}, before);
  if (first.count < 8 || text.size() == 8) return first;
  text.remove_prefix(8);
  const Digits rest = take_digits(text, first.value);
  return {rest.value, rest.count + 8};
}

/// The first eight bytes of what begins with `text`.
[[gnu::always_inline]] inline std::uint64_t load_ahead(std::string_view text) {
  return load_eight(text.data());
}

/// How many of the first `size` bytes, one to eight, are digits in a row; each less `'0'`.
[[gnu::always_inline]] inline std::size_t count_digits(std::uint64_t bytes, std::size_t size) {
  const std::uint64_t flags = flags_of_no_digits(bytes);
  const std::size_t count = flags == 0 ? 8 : static_cast<std::size_t>(std::countr_zero(flags)) / 8;
  return std::min(count, size);
}

/// Of so many digits, one to eight.
[[gnu::always_inline]] inline std::int64_t number_of(std::uint64_t digits, std::size_t count) {
  return static_cast<std::int64_t>(number_of_digits(digits << (8 * (8 - count))));
}

Value decimal_of(std::int64_t digits, std::size_t fraction, bool minus) {
  static constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  if (minus && digits == 0) return {};
  const double value = static_cast<double>(digits) / kPowers[fraction];
  return Value::number(minus ? -value : value);
}

/// Of at most eight characters: the point is taken out, and what is left is one number.
Value short_decimal(std::string_view text, bool minus) {
  const std::uint64_t bytes = load_ahead(text) ^ eight_of('0');
  const std::size_t whole = count_digits(bytes, text.size());
  if (whole == text.size()) return decimal_of(number_of(bytes, whole), 0, minus);
  if (whole == 0 || text[whole] != '.' || whole + 1 == text.size()) return {};
  const std::uint64_t before = (std::uint64_t{1} << (8 * whole)) - 1;  // whole is at most six
  const std::uint64_t digits = (bytes & before) | (bytes >> 8 & ~before);
  const std::size_t count = text.size() - 1;
  if (count_digits(digits, count) != count) return {};
  return decimal_of(number_of(digits, count), count - whole, minus);
}

}  // namespace

Value plain_integer(std::string_view text) {
  const bool minus = text.front() == '-';
  text.remove_prefix(minus ? 1 : 0);
  if (text.empty() || text.size() > 18 || (text.front() == '0' && text.size() > 1)) return {};
  if (text.size() <= 8) {
    const std::uint64_t digits = load_ahead(text) ^ eight_of('0');
    if (count_digits(digits, text.size()) != text.size()) return {};
    const std::int64_t number = number_of(digits, text.size());
    return Value::integer(minus ? -number : number);
  }
  const Digits digits = take_digits(text, 0);
  if (digits.count != text.size()) return {};
  return Value::integer(minus ? -digits.value : digits.value);
}

Value plain_decimal(std::string_view text) {
  const bool minus = text.front() == '-';
  text.remove_prefix(minus ? 1 : 0);
  if (text.empty() || text.size() > 16) return {};
  if (text.front() == '0' && text.size() > 1 && text[1] != '.') return {};
  if (text.size() <= 8) return short_decimal(text, minus);
  Digits digits = take_digits(text, 0);
  const std::size_t whole = digits.count;
  std::size_t fraction = 0;
  if (whole != text.size()) {
    if (whole == 0 || text[whole] != '.') return {};
    text.remove_prefix(whole + 1);
    fraction = text.size();
    digits = take_digits(text, digits.value);
    if (fraction == 0 || digits.count != fraction) return {};
  }
  if (whole + fraction > 15) return {};
  return decimal_of(digits.value, fraction, minus);
}

}  // namespace wharf::connectors::source_file
