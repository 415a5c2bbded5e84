#include "base/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>

#include "base/text.h"

namespace wharf::base {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};

constexpr std::uint64_t kSecond = 1000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

constexpr Unit kByteUnits[] = {{"", 1},
                               {"b", 1},
                               {"kb", 1'000},
                               {"mb", 1'000'000},
                               {"gb", 1'000'000'000},
                               {"tb", 1'000'000'000'000},
                               {"kib", 1ull << 10},
                               {"mib", 1ull << 20},
                               {"gib", 1ull << 30},
                               {"tib", 1ull << 40}};

constexpr Unit kTimeUnits[] = {
    {"", kSecond},        {"ms", 1},      {"s", kSecond},   {"second", kSecond},
    {"seconds", kSecond}, {"m", kMinute}, {"min", kMinute}, {"minute", kMinute},
    {"minutes", kMinute}, {"h", kHour},   {"hour", kHour},  {"hours", kHour},
    {"d", kDay},          {"day", kDay},  {"days", kDay},   {"week", 7 * kDay},
    {"weeks", 7 * kDay}};

std::optional<std::uint64_t> amount(std::string_view text, std::span<const Unit> units) {
  text = trim(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const auto name = to_lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
  for (const auto& unit : units) {
    if (unit.name != name) continue;
    std::uint64_t whole = 0;
    if (__builtin_mul_overflow(number, unit.worth, &whole) || whole > INT64_MAX)
      return std::nullopt;
    return whole;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  return amount(text, kByteUnits);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto millis = amount(text, kTimeUnits);
  if (!millis) return std::nullopt;
  return std::chrono::milliseconds(*millis);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames = {"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kNames.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kNames[unit]);
}

}  // namespace wharf::base
