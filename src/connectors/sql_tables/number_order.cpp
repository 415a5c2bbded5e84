#include "connectors/sql_tables/number_order.h"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace wharf::connectors::sql_tables {
namespace {

/// ±0.d₁d₂… × 10^magnitude with d₁ ≠ 0. The digits are those of two views, one behind the other.
struct Decimal {
  bool negative = false;
  std::string_view whole;     // digits before the point
  std::string_view fraction;  // digits behind it
  std::size_t first = 0;      // place of d₁ in both together
  std::int64_t magnitude = 0;

  std::size_t size() const { return whole.size() + fraction.size(); }
  bool zero() const { return first == size(); }
  char digit(std::size_t n) const {  // n-th from d₁ on
    const auto at = first + n;
    if (at < whole.size()) return whole[at];
    return at < size() ? fraction[at - whole.size()] : '0';
  }
};

std::string_view take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
  const auto digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

bool parse(std::string_view text, Decimal& out) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  out.whole = take_digits(text);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    out.fraction = take_digits(text);
  }
  if (out.size() == 0) return false;
  std::int64_t exponent = 0;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, exponent);
    if (read.ec != std::errc{} || read.ptr != end) return false;
    text = {};
  }
  if (!text.empty()) return false;
  while (out.first < out.size() && out.digit(0) == '0') ++out.first;
  out.magnitude =
      exponent + static_cast<std::int64_t>(out.whole.size()) - static_cast<std::int64_t>(out.first);
  return true;
}

int compare_sizes(const Decimal& a, const Decimal& b) {
  if (a.magnitude != b.magnitude) return a.magnitude < b.magnitude ? -1 : 1;
  const auto digits = a.size() > b.size() ? a.size() : b.size();
  for (std::size_t n = 0; n < digits; ++n)
    if (a.digit(n) != b.digit(n)) return a.digit(n) < b.digit(n) ? -1 : 1;
  return 0;
}

}  // namespace

int compare_numbers(std::string_view a, std::string_view b) noexcept {
  Decimal x;
  Decimal y;
  const bool x_is = parse(a, x);
  const bool y_is = parse(b, y);
  if (!x_is || !y_is) return x_is != y_is ? (x_is ? 1 : -1) : a.compare(b);
  if (x.zero() || y.zero()) {
    const int x_sign = x.zero() ? 0 : x.negative ? -1 : 1;
    const int y_sign = y.zero() ? 0 : y.negative ? -1 : 1;
    return x_sign - y_sign;
  }
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  return x.negative ? compare_sizes(y, x) : compare_sizes(x, y);
}

}  // namespace wharf::connectors::sql_tables
