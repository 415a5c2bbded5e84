#include "connectors/source_file/plain_numbers.h"

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

}  // namespace

Value plain_integer(std::string_view text) {
  const bool minus = text.front() == '-';
  text.remove_prefix(minus ? 1 : 0);
  if (text.empty() || text.size() > 18 || (text.front() == '0' && text.size() > 1)) return {};
  const Digits digits = take_digits(text, 0);
  if (digits.count != text.size()) return {};
  return Value::integer(minus ? -digits.value : digits.value);
}

Value plain_decimal(std::string_view text) {
  static constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool minus = text.front() == '-';
  text.remove_prefix(minus ? 1 : 0);
  if (text.empty() || text.size() > 16) return {};
  if (text.front() == '0' && text.size() > 1 && text[1] != '.') return {};
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
  if (whole + fraction > 15 || (minus && digits.value == 0)) return {};
  const double value = static_cast<double>(digits.value) / kPowers[fraction];
  return Value::number(minus ? -value : value);
}

}  // namespace wharf::connectors::source_file
