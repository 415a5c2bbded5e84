#include "definition/resources.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/quantity.h"
#include "base/text.h"

namespace wharf::definition {
namespace {

constexpr double kMostCpus = 1024;

std::string limit_of(const nlohmann::json& limits, const char* name) {
  const auto at = limits.find(name);
  return at != limits.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

std::optional<int> parse_cpus(std::string_view text) {
  text = base::trim(text);
  const bool thousandths = text.ends_with('m');
  if (thousandths) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double cpus = thousandths ? value / 1000 : value;
  if (!(cpus >= 0.001 && cpus <= kMostCpus)) return std::nullopt;
  return static_cast<int>(std::lround(cpus * 1000));
}

std::optional<std::uint64_t> parse_memory(std::string_view text) {
  std::string amount(base::trim(text));
  const char last = amount.empty() ? ' ' : amount.back();
  if (std::string_view("iKMGTk").find(last) != std::string_view::npos) amount += 'B';
  const auto bytes = base::parse_bytes(amount);
  return bytes && *bytes > 0 ? bytes : std::nullopt;
}

std::string memory_text(std::uint64_t bytes) {
  constexpr std::pair<int, const char*> kUnits[] = {{30, " GiB"}, {20, " MiB"}, {10, " KiB"}};
  for (const auto& [shift, name] : kUnits) {
    if (bytes % (1ull << shift) == 0) return std::to_string(bytes >> shift) + name;
  }
  return std::to_string(bytes);
}

protocol::JsonText to_json(const Resources& resources) {
  auto limits = nlohmann::json::object();
  if (resources.milli_cpus) limits["cpu_limit"] = std::to_string(*resources.milli_cpus) + "m";
  if (resources.memory) limits["memory_limit"] = std::to_string(*resources.memory);
  return limits.dump();
}

Resources parse_resources(const protocol::JsonText& text) {
  const auto limits = nlohmann::json::parse(text, nullptr, false);
  if (!limits.is_object()) return {};
  return {parse_cpus(limit_of(limits, "cpu_limit")),
          parse_memory(limit_of(limits, "memory_limit"))};
}

int whole_cpus(const Resources& resources) {
  return std::max(1, resources.milli_cpus.value_or(1000) / 1000);
}

}  // namespace wharf::definition
