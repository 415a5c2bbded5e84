#include "schedule/time_zone.h"

#include "base/guarded.h"
#include "base/nearest.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

namespace wharf::schedule {

struct TimeZone::Data {
  std::string name;
  const date::time_zone* zone = nullptr;  // none: UTC, which needs no database
  std::optional<ZoneRule> rule;           // how the zone goes on after its listed changes
};

namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";

// The last line of a zone's file. The library reads the changes that are listed and no further.
std::optional<ZoneRule> rule_of(const std::string& name) {
  std::ifstream in(std::string(kDatabase) + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.size() < 2 || bytes.back() != '\n') return std::nullopt;
  const auto begin = bytes.rfind('\n', bytes.size() - 2);
  if (begin == std::string::npos) return std::nullopt;
  return ZoneRule::parse(std::string_view(bytes).substr(begin + 1, bytes.size() - begin - 2));
}

Error unknown_zone(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
  return {
      ErrorCode::invalid_argument,
      fmt::format("there is no time zone '{}'{}; a name of the IANA database is needed, such as "
                  "Europe/Berlin or UTC",
                  name, base::did_you_mean(name, names))};
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
  if (name == "UTC" || name == "Etc/UTC") return utc();
  // What has been read once is shared: ten thousand connections, a handful of zones.
  static base::Guarded<std::map<std::string, std::shared_ptr<const Data>, std::less<>>> known;
  const auto before = known.with([&](const auto& zones) {
    const auto at = zones.find(name);
    return at == zones.end() ? nullptr : at->second;
  });
  if (before) return TimeZone(before);
  try {
    const auto& zones = date::get_tzdb().zones;
    const auto zone = std::find_if(zones.begin(), zones.end(),
                                   [&](const auto& each) { return each.name() == name; });
    // `localtime` is a file in the same folder: whatever this machine keeps, and no name.
    if (zone == zones.end() || name == "localtime") return unknown_zone(name);
    auto data = std::make_shared<Data>();
    data->name = zone->name();
    data->zone = &*zone;
    data->rule = rule_of(data->name);
    known.with([&](auto& zones_by_name) { zones_by_name.emplace(data->name, data); });
    return TimeZone(std::move(data));
  } catch (const std::exception& missing) {
    return Error{
        ErrorCode::environment,
        fmt::format("the time zone database {} cannot be read (Debian: package tzdata): {}",
                    kDatabase, missing.what())};
  }
}

TimeZone TimeZone::of_machine() {
  if (const char* variable = std::getenv("TZ"); variable != nullptr && *variable != '\0') {
    const std::string_view text = variable;
    if (auto zone = find(text.substr(text.front() == ':' ? 1 : 0))) return *zone;
  }
  try {
    if (auto zone = find(date::current_zone()->name())) return *zone;
  } catch (const std::exception&) {
    // A machine that says nothing, or has no database, keeps UTC, as its C library does.
  }
  return utc();
}

TimeZone TimeZone::utc() {
  static const auto data = std::make_shared<const Data>(Data{"UTC", nullptr, std::nullopt});
  return TimeZone(data);
}

const std::string& TimeZone::name() const {
  return data_->name;
}

ZoneSpan TimeZone::span_at(std::chrono::sys_seconds instant) const {
  if (data_->zone == nullptr) return {kBeginning, kEnd, {}};
  const date::sys_info listed = data_->zone->get_info(instant);
  if (listed.end < kEnd || !data_->rule) {
    return {std::max(listed.begin, kBeginning), std::min(listed.end, kEnd), listed.offset};
  }
  ZoneSpan span = data_->rule->span_at(instant);
  span.begin = std::max(span.begin, listed.begin);
  return span;
}

}  // namespace wharf::schedule
