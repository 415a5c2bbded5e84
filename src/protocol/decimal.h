#pragma once
// A JSON number by its digits: what two spellings of one number have in common.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::protocol {

/// Sign, digits and a power of ten: ±0.d₁d₂d₃… × 10^exponent without leading or trailing zeros, so
/// that 12, 12.0 and 1.2e1 are equal. An exponent of more than 18 digits is taken for the largest
/// there is.
class Decimal {
 public:
  /// `number` is a valid JSON number.
  explicit Decimal(std::string_view number);

  /// The integer it is, if it has no fraction and fits.
  std::optional<std::int64_t> integer() const;

  friend bool operator==(const Decimal&, const Decimal&) = default;

 private:
  bool negative_ = false;
  std::string digits_;  ///< empty: zero
  std::int64_t exponent_ = 0;
};

}  // namespace wharf::protocol
