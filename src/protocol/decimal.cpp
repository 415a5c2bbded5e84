#include "protocol/decimal.h"

#include <charconv>

namespace wharf::protocol {
namespace {

constexpr std::int64_t kExponentMax = 1'000'000'000'000'000'000;

/// The exponent behind the `e`, held within bounds.
std::int64_t read_exponent(std::string_view text) {
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || value > kExponentMax) value = kExponentMax;
  return negative ? -value : value;
}

}  // namespace

Decimal::Decimal(std::string_view number) {
  negative_ = number.front() == '-';
  if (negative_) number.remove_prefix(1);
  if (const auto e = number.find_first_of("eE"); e != std::string_view::npos) {
    exponent_ = read_exponent(number.substr(e + 1));
    number = number.substr(0, e);
  }
  const auto point = std::min(number.find('.'), number.size());
  digits_ = number.substr(0, point);
  exponent_ += static_cast<std::int64_t>(point);
  if (point < number.size()) digits_ += number.substr(point + 1);

  const auto leading = std::min(digits_.find_first_not_of('0'), digits_.size());
  digits_.erase(0, leading);
  exponent_ -= static_cast<std::int64_t>(leading);
  digits_.erase(digits_.find_last_not_of('0') + 1);
  if (digits_.empty()) {
    negative_ = false;
    exponent_ = 0;
  }
}

std::optional<std::int64_t> Decimal::integer() const {
  const auto significant = static_cast<std::int64_t>(digits_.size());
  if (exponent_ < significant || exponent_ > 19) return std::nullopt;
  std::string text = negative_ ? "-" : "";
  text += digits_.empty() ? "0" : digits_;
  text.append(static_cast<std::size_t>(exponent_ - significant), '0');
  std::int64_t value = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc()) return std::nullopt;
  return value;
}

}  // namespace wharf::protocol
