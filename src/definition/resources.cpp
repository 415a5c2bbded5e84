#include "definition/resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/quantity.h"
#include "base/text.h"

namespace wharf::definition {
namespace {

constexpr double kMostCpus = 1024;

constexpr const char* kCpuAmounts[] = {"cpu_limit", "cpu_request"};
constexpr const char* kMemoryAmounts[] = {"memory_limit", "memory_request"};
constexpr const char* kStorageAmounts[] = {"ephemeral_storage_limit", "ephemeral_storage_request"};
constexpr std::array<std::string_view, 7> kJobTypes{
    kSpecJob,   kCheckJob, kDiscoverJob, kSyncJob, "reset_connection", "connection_updater",
    "replicate"};

std::string amount_of(const nlohmann::json& amounts, const char* name) {
  const auto at = amounts.find(name);
  return at != amounts.end() && at->is_string() ? at->get<std::string>() : std::string();
}

nlohmann::json json_of(const Resources& resources) {
  auto amounts = nlohmann::json::object();
  const auto cpus = [&](const char* name, const std::optional<int>& thousandths) {
    if (thousandths) amounts[name] = std::to_string(*thousandths) + "m";
  };
  const auto memory = [&](const char* name, const std::optional<std::uint64_t>& bytes) {
    if (bytes) amounts[name] = std::to_string(*bytes);
  };
  cpus("cpu_limit", resources.milli_cpus);
  cpus("cpu_request", resources.milli_cpus_request);
  memory("memory_limit", resources.memory);
  memory("memory_request", resources.memory_request);
  return amounts;
}

Resources resources_in(const nlohmann::json& amounts) {
  if (!amounts.is_object()) return {};
  return {.milli_cpus = parse_cpus(amount_of(amounts, "cpu_limit")),
          .memory = parse_memory(amount_of(amounts, "memory_limit")),
          .milli_cpus_request = parse_cpus(amount_of(amounts, "cpu_request")),
          .memory_request = parse_memory(amount_of(amounts, "memory_request"))};
}

Resources member_resources(const nlohmann::json& of, const char* name) {
  const auto at = of.find(name);
  return at == of.end() ? Resources{} : resources_in(*at);
}

Error wrong(std::string_view where, std::string_view what) {
  return {ErrorCode::invalid_argument, fmt::format("'{}' {}.", where, what)};
}

template <class Parse>
Result<void> check_amount(const nlohmann::json& amounts, const char* name, std::string_view where,
                          Parse parse, std::string_view examples) {
  const auto at = amounts.find(name);
  if (at == amounts.end() || at->is_null()) return {};
  const auto path = fmt::format("{}.{}", where, name);
  if (!at->is_string()) return wrong(path, "is to be a text");
  const auto text = at->template get<std::string>();
  if (base::trim(text).empty() || parse(text)) return {};
  return wrong(path, fmt::format("is to be an amount like {}", examples));
}

Result<void> check_amounts(const nlohmann::json& amounts, std::string_view where) {
  if (amounts.is_null()) return {};
  if (!amounts.is_object()) return wrong(where, "is to be an object");
  for (const char* name : kCpuAmounts) {
    auto fits = check_amount(amounts, name, where, parse_cpus, "0.5 or 500m");
    if (!fits) return fits;
  }
  for (const char* name : kMemoryAmounts) {
    auto fits = check_amount(amounts, name, where, parse_memory, "512Mi or 2Gi");
    if (!fits) return fits;
  }
  for (const char* name : kStorageAmounts) {
    auto fits = check_amount(amounts, name, where, parse_memory, "512Mi or 5G");
    if (!fits) return fits;
  }
  return {};
}

Result<void> check_specific(const nlohmann::json& one) {
  const auto type = one.is_object() ? amount_of(one, "jobType") : std::string();
  if (std::find(kJobTypes.begin(), kJobTypes.end(), type) == kJobTypes.end()) {
    return wrong("jobSpecific.jobType",
                 fmt::format("is to be one of {}", fmt::join(kJobTypes, ", ")));
  }
  const auto amounts = one.find("resourceRequirements");
  if (amounts == one.end() || amounts->is_null()) {
    return wrong("jobSpecific.resourceRequirements", "is missing");
  }
  return check_amounts(*amounts, "jobSpecific.resourceRequirements");
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
  return json_of(resources).dump();
}

Resources parse_resources(const protocol::JsonText& text) {
  return resources_in(nlohmann::json::parse(text, nullptr, false));
}

Resources over(const Resources& first, const Resources& then) {
  const auto either = [](const auto& one, const auto& other) { return one ? one : other; };
  return {.milli_cpus = either(first.milli_cpus, then.milli_cpus),
          .memory = either(first.memory, then.memory),
          .milli_cpus_request = either(first.milli_cpus_request, then.milli_cpus_request),
          .memory_request = either(first.memory_request, then.memory_request)};
}

Definition with_resources(Definition definition, const Resources& said) {
  if (auto* image = std::get_if<Image>(&definition.program)) {
    image->resources = over(said, image->resources);
  }
  return definition;
}

Resources of_job(const ScopedResources& said, std::string_view job) {
  const auto found = said.by_job.find(job);
  return found == said.by_job.end() ? said.usual : over(found->second, said.usual);
}

protocol::JsonText to_json(const ScopedResources& said) {
  auto json = nlohmann::json::object();
  if (said.usual != Resources{}) json["default"] = json_of(said.usual);
  for (const auto& [job, resources] : said.by_job) {
    json["jobSpecific"].push_back({{"jobType", job}, {"resourceRequirements", json_of(resources)}});
  }
  return json.dump();
}

ScopedResources parse_scoped_resources(const protocol::JsonText& text) {
  ScopedResources said;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return said;
  said.usual = member_resources(json, "default");
  const auto specific = json.find("jobSpecific");
  if (specific == json.end() || !specific->is_array()) return said;
  for (const auto& one : *specific) {
    if (!one.is_object()) continue;
    const auto resources = member_resources(one, "resourceRequirements");
    if (resources != Resources{}) said.by_job[amount_of(one, "jobType")] = resources;
  }
  return said;
}

Result<void> check_scoped_resources(const protocol::JsonText& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return wrong("resourceAllocation", "is to be an object");
  if (const auto usual = json.find("default"); usual != json.end()) {
    if (auto fits = check_amounts(*usual, "default"); !fits) return fits;
  }
  const auto specific = json.find("jobSpecific");
  if (specific == json.end() || specific->is_null()) return {};
  if (!specific->is_array()) return wrong("jobSpecific", "is to be a list");
  for (const auto& one : *specific) {
    if (auto fits = check_specific(one); !fits) return fits;
  }
  return {};
}

protocol::JsonText to_json(const SideResources& said) {
  auto json = nlohmann::json::object();
  if (said.source != Resources{}) json["source"] = json_of(said.source);
  if (said.destination != Resources{}) json["destination"] = json_of(said.destination);
  return json.dump();
}

SideResources parse_side_resources(const protocol::JsonText& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  return {member_resources(json, "source"), member_resources(json, "destination")};
}

int whole_cpus(const Resources& resources) {
  return std::max(1, resources.milli_cpus.value_or(1000) / 1000);
}

}  // namespace wharf::definition
