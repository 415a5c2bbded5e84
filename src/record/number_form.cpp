#include "record/number_form.h"

#include <wharf/record/text_form.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "record/digits.h"
#include "record/json_scan.h"

namespace wharf::record {
namespace {

constexpr std::int64_t kExponentMost = 10'000;

constexpr std::array<double, 23> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The written exponent, held at a bound far beyond every limit.
std::int64_t read_exponent(const char* at, const char* end) {
  bool negative = *at == '-';
  if (*at == '-' || *at == '+') ++at;
  std::int64_t exponent = 0;
  for (; at != end; ++at) exponent = std::min<std::int64_t>(exponent * 10 + (*at - '0'), 1'000'000);
  return negative ? -exponent : exponent;
}

/// A decimal as its significant digits (no zeros at either end) and the power of ten of the last
/// one.
struct Digits {
  bool negative = false;
  std::string digits;  // empty: zero
  std::int64_t exponent = 0;

  friend bool operator==(const Digits&, const Digits&) = default;
};

Digits digits_of(std::string_view number) {
  Digits out;
  const char* at = number.data();
  const char* end = at + number.size();
  if (*at == '-') {
    out.negative = true;
    ++at;
  }
  bool fraction = false;
  for (; at != end && (*at | 0x20) != 'e'; ++at) {
    if (*at == '.') {
      fraction = true;
      continue;
    }
    if (fraction) --out.exponent;
    if (*at != '0' || !out.digits.empty()) out.digits.push_back(*at);
  }
  if (at != end) out.exponent += read_exponent(at + 1, end);
  while (!out.digits.empty() && out.digits.back() == '0') {
    out.digits.pop_back();
    ++out.exponent;
  }
  if (out.digits.empty()) out.exponent = 0;
  return out;
}

/// The double that comes back with the digits of `number`, if there is one.
std::optional<double> exact_double(std::string_view number) {
  Digits wanted = digits_of(number);
  if (wanted.digits.empty()) return wanted.negative ? -0.0 : 0.0;
  if (wanted.digits.size() > std::numeric_limits<double>::max_digits10) return std::nullopt;
  double nearest = 0;
  auto [read_to, error] = std::from_chars(number.data(), number.data() + number.size(), nearest);
  if (error != std::errc()) return std::nullopt;
  char shortest[kNumberChars];
  // Scientific: without a format, large whole numbers come with all the digits of the double.
  char* end =
      std::to_chars(shortest, shortest + sizeof shortest, nearest, std::chars_format::scientific)
          .ptr;
  Digits back = digits_of({shortest, static_cast<std::size_t>(end - shortest)});
  if (!(back == wanted)) return std::nullopt;
  return nearest;
}

/// Text of an integer that may have up to 19 digits: an integer if it fits, else a big one.
Value integer_of(std::string_view text, bool negative, std::uint64_t magnitude) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (magnitude > kMost + (negative ? 1 : 0)) return Value::text(Kind::big_integer, text);
  return Value::integer(static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude));
}

Value decimal_of(std::string_view text) {
  if (auto exact = exact_double(text)) return Value::number(*exact);
  return Value::text(Kind::big_decimal, text);
}

}  // namespace

bool parse_number(std::string_view text, Value& out) {
  const char* at = text.data();
  const char* end = at + text.size();
  bool negative = at != end && *at == '-';
  if (negative) ++at;
  const char* first = at;
  std::uint64_t mantissa = 0;
  while (at != end && is_digit(*at)) mantissa = mantissa * 10 + static_cast<unsigned>(*at++ - '0');
  auto whole = static_cast<std::size_t>(at - first);
  if (whole == 0 || (whole > 1 && *first == '0')) return false;

  if (at == end) {  // an integer; 20 digits would not fit the mantissa
    if (whole <= 19) {
      out = integer_of(text, negative, mantissa);
    } else {
      out = Value::text(Kind::big_integer, text);
    }
    return true;
  }
  std::size_t fraction = 0;
  if (*at == '.') {
    const char* point = at++;
    while (at != end && is_digit(*at)) {
      mantissa = mantissa * 10 + static_cast<unsigned>(*at++ - '0');
    }
    fraction = static_cast<std::size_t>(at - point) - 1;
    if (fraction == 0) return false;
  }
  if (at == end && whole + fraction <= 15) {
    // Both are exact in a double, so their quotient is the double nearest to the text; and every
    // decimal of 15 digits comes back from its double.
    double magnitude = static_cast<double>(mantissa) / kPowersOfTen[fraction];
    out = Value::number(negative ? -magnitude : magnitude);
    return true;
  }
  if (at != end && json::number_end(text.data(), end) != end) return false;
  out = decimal_of(text);
  return true;
}

bool exponent_out_of_range(std::string_view number) {
  auto at = number.find_first_of("eE");
  if (at == std::string_view::npos) return false;
  std::int64_t exponent = read_exponent(number.data() + at + 1, number.data() + number.size());
  return exponent > kExponentMost || exponent < -kExponentMost;
}

namespace {

/// `digits` · 10^-`Places`, without zeros at the end of its fraction.
template <unsigned Places>
char* write_decimal(char* to, std::uint64_t digits) {
  constexpr std::uint64_t kOne = Places == 4 ? 10'000 : 100'000'000;
  const std::uint64_t whole = digits / kOne;
  const std::uint64_t fraction = digits - whole * kOne;
  to = write_unsigned(to, whole);
  if (fraction == 0) return to;
  *to++ = '.';
  to = Places == 4 ? write_four(to, static_cast<unsigned>(fraction))
                   : write_eight_digits(to, fraction);
  while (to[-1] == '0') --to;
  return to;
}

/// Writes `number`, positive, if it is a decimal of few digits, as most are; else gives null. One
/// of at most 15 digits that divides back to the double is the only one so short, hence, without
/// zeros at its end, the shortest.
template <unsigned Places>
inline char* write_if_decimal(char* to, double number) {
  const double scaled = number * kPowersOfTen[Places];
  if (!(scaled < 1e15)) return nullptr;
  const auto digits = static_cast<std::int64_t>(scaled + 0.5);
  if (static_cast<double>(digits) / kPowersOfTen[Places] != number) return nullptr;
  return write_decimal<Places>(to, static_cast<std::uint64_t>(digits));
}

}  // namespace

char* write_number(char* to, double number) {
  if (!std::isfinite(number)) {
    std::memcpy(to, "null", 4);
    return to + 4;
  }
  if (std::signbit(number)) {
    *to++ = '-';
    number = -number;
    if (number == 0) {
      std::memcpy(to, "0.0", 3);
      return to + 3;
    }
  }
  if (char* end = write_if_decimal<4>(to, number)) return end;
  if (char* end = write_if_decimal<8>(to, number)) return end;
  constexpr double kWhole = 9007199254740992.0;  // below, every whole number is a double
  if (number >= 1e15 && number < kWhole && number == std::trunc(number)) {
    return write_integer(to, static_cast<std::int64_t>(number));
  }
  // Without a format, large whole numbers would come with all the digits of the double.
  char* limit = to + kNumberChars - 1;
  if (number >= 1e15) return std::to_chars(to, limit, number, std::chars_format::scientific).ptr;
  return std::to_chars(to, limit, number).ptr;
}

bool make_integer(Value& value, RecordBatch& batch) {
  if (value.kind() == Kind::integer || value.kind() == Kind::big_integer) return true;
  char text[kNumberChars];
  std::string_view number;
  if (value.kind() == Kind::number) {
    double d = value.as_number();
    if (!std::isfinite(d)) return false;
    if (std::abs(d) < 1e15) {
      if (d != std::trunc(d)) return false;
      value = Value::integer(static_cast<std::int64_t>(d));
      return true;
    }
    number = {text, static_cast<std::size_t>(write_number(text, d) - text)};
  } else {
    number = value.as_text();
  }
  if (exponent_out_of_range(number)) return false;
  Digits digits = digits_of(number);
  if (digits.exponent < 0) return false;
  std::string plain = digits.negative && !digits.digits.empty() ? "-" : "";
  plain += digits.digits.empty() ? "0" : digits.digits;
  plain.append(static_cast<std::size_t>(digits.exponent), '0');
  bool read = parse_number(batch.keep(plain), value);
  return read;
}

}  // namespace wharf::record
