#include "schedule/airbyte_form.h"

#include "base/text.h"
#include "schedule/schedule_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace wharf::schedule {
namespace {

using nlohmann::json;

Error malformed(std::string message) {
  return {ErrorCode::invalid_argument, std::move(message)};
}

std::string capitals(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string text_at(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool has(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && !object[key].is_null();
}

Result<Schedule> with(Result<Cron> cron) {
  if (!cron) return std::move(cron).error();
  Schedule schedule;
  schedule.timing = std::move(*cron);
  return schedule;
}

Result<Schedule> basic_of(const json& data) {
  const std::string unit = text_at(data, "timeUnit");
  const auto units = data.find("units");
  if (unit.empty() || units == data.end() || !units->is_number_integer()) {
    return malformed(
        "basicSchedule needs timeUnit (minutes, hours, days, weeks, months) and units");
  }
  auto basic = every(fmt::format("{} {}", units->dump(), base::to_lower(unit)));
  if (!basic) return std::move(basic).error();
  Schedule schedule;
  schedule.timing = *basic;
  return schedule;
}

std::string zone_name(const Cron& cron, const TimeZone& default_zone) {
  return cron.zone ? cron.zone->name() : default_zone.name();
}

}  // namespace

Result<Schedule> from_public(const json& object) {
  const std::string type = object.is_object() ? text_at(object, "scheduleType") : std::string();
  if (type == "manual") return Schedule{};
  if (type != "cron") {
    return malformed(fmt::format("scheduleType is '{}', must be one of: manual, cron", type));
  }
  const std::string written = text_at(object, "cronExpression");
  const std::string_view expression = base::trim(written);
  if (expression.empty()) return malformed("scheduleType cron needs a cronExpression");
  const auto space = expression.rfind(' ');
  if (space != std::string_view::npos) {
    const std::string_view zone = expression.substr(space + 1);
    if (TimeZone::find(zone)) return with(cron(expression.substr(0, space), zone));
  }
  return with(cron(expression, "UTC"));
}

json to_public(const Schedule& schedule, const TimeZone& default_zone) {
  json object = {{"scheduleType", words_of(schedule).type}};
  if (const auto* basic = std::get_if<Basic>(&schedule.timing)) {
    object["basicTiming"] =
        fmt::format("Every {} {}", basic->units, capitals(name_of(basic->unit)));
  }
  if (const auto* cron = std::get_if<Cron>(&schedule.timing)) {
    object["cronExpression"] =
        fmt::format("{} {}", cron->expression.text(), zone_name(*cron, default_zone));
  }
  return object;
}

Result<Schedule> from_schedule_data(const std::string& type, const json& data) {
  const bool basic = has(data, "basicSchedule");
  const bool timed = has(data, "cron");
  if (type != "manual" && type != "basic" && type != "cron") {
    return malformed(
        fmt::format("scheduleType is '{}', must be one of: manual, basic, cron", type));
  }
  if (basic != (type == "basic") || timed != (type == "cron")) {
    return malformed(
        fmt::format("scheduleType {} and scheduleData do not match: basic goes with "
                    "basicSchedule, cron with cron, manual with neither",
                    type));
  }
  if (basic) return basic_of(data["basicSchedule"]);
  if (!timed) return Schedule{};
  const json& member = data["cron"];
  const std::string expression = text_at(member, "cronExpression");
  const std::string zone = text_at(member, "cronTimeZone");
  if (expression.empty() || zone.empty()) {
    return malformed("cron needs a cronExpression and a cronTimeZone");
  }
  return with(cron(expression, zone));
}

json to_schedule_data(const Schedule& schedule, const TimeZone& default_zone) {
  json object = {{"scheduleType", words_of(schedule).type}};
  if (const auto* basic = std::get_if<Basic>(&schedule.timing)) {
    const json timing = {{"timeUnit", name_of(basic->unit)}, {"units", basic->units}};
    object["scheduleData"] = {{"basicSchedule", timing}};
    object["schedule"] = timing;
  }
  if (const auto* cron = std::get_if<Cron>(&schedule.timing)) {
    object["scheduleData"]["cron"] = {{"cronExpression", cron->expression.text()},
                                      {"cronTimeZone", zone_name(*cron, default_zone)}};
  }
  return object;
}

}  // namespace wharf::schedule
