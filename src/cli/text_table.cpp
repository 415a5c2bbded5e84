#include "cli/text_table.h"

#include <fmt/format.h>

namespace wharf::cli {

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0);
       at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

std::string megabytes(std::int64_t bytes) {
  const double mega = static_cast<double>(bytes) / 1e6;
  if (mega >= 1000) return fmt::format("{:.2f} GB", mega / 1000);
  return fmt::format("{:.{}f} MB", mega, mega < 10 ? 2 : 1);
}

std::string per_second(double rate) {
  if (rate >= 1e6) return fmt::format("{:.2f} M/s", rate / 1e6);
  if (rate >= 1e4) return fmt::format("{:.0f} k/s", rate / 1e3);
  return fmt::format("{:.0f} /s", rate);
}

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
}

}  // namespace wharf::cli
