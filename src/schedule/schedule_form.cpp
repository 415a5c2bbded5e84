#include "schedule/schedule_form.h"

#include "base/nearest.h"
#include "base/text.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace wharf::schedule {
namespace {

using nlohmann::json;

constexpr TimeUnit kUnits[] = {TimeUnit::minutes, TimeUnit::hours, TimeUnit::days, TimeUnit::weeks,
                               TimeUnit::months};
constexpr std::string_view kTypes[] = {"manual", "basic", "cron"};
constexpr std::chrono::hours kIntervalMax(24 * 366 * 100);

Error refused(std::string message) {
  return {ErrorCode::invalid_argument, std::move(message)};
}

std::optional<TimeUnit> unit_of(std::string_view word) {
  for (const TimeUnit unit : kUnits) {
    const std::string_view plural = name_of(unit);
    if (word == plural || word == plural.substr(0, plural.size() - 1)) return unit;
  }
  return std::nullopt;
}

// Every word belongs to one type; one that stands at another would be passed over.
Result<void> only_its_own(const ScheduleWords& words) {
  const auto stray = [&](const auto& word, std::string_view name, std::string_view owner) {
    return word && words.type != owner
               ? std::optional(fmt::format("'{}' belongs to a schedule of type {}, this one is {}",
                                           name, owner, words.type))
               : std::nullopt;
  };
  if (auto wrong = stray(words.every, "every", "basic")) return refused(*wrong);
  if (auto wrong = stray(words.expression, "expression", "cron")) return refused(*wrong);
  if (auto wrong = stray(words.timezone, "timezone", "cron")) return refused(*wrong);
  return {};
}

Result<Missed> missed_of(const std::optional<std::string>& word) {
  if (!word || *word == "once") return Missed::once;
  if (*word == "skip") return Missed::skip;
  return refused(fmt::format("missed is '{}', must be one of: once, skip", *word));
}

// A member of a JSON object: a text, or nothing if it is not there.
Result<std::optional<std::string>> text_member(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || at->is_null()) return std::optional<std::string>();
  if (!at->is_string()) return refused(fmt::format("{} of a schedule must be a text", key));
  return std::optional(at->get<std::string>());
}

}  // namespace

Result<Basic> every(std::string_view text) {
  const std::string_view trimmed = base::trim(text);
  int units = 0;
  const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), units);
  const auto word = base::trim(trimmed.substr(static_cast<std::size_t>(end - trimmed.data())));
  const auto unit = unit_of(word);
  if (error != std::errc() || units < 1 || !unit) {
    return refused(fmt::format(
        "every is '{}', must be a number and one of minutes, hours, days, weeks, months: 6 hours",
        text));
  }
  // First the number alone: what overflows cannot be compared.
  if (units > kIntervalMax / std::chrono::minutes(1) ||
      Basic{units, *unit}.interval() > kIntervalMax) {
    return refused(fmt::format("every is '{}', more than a hundred years", text));
  }
  return Basic{units, *unit};
}

Result<Cron> cron(std::string_view expression, std::optional<std::string_view> zone) {
  auto read = CronExpression::parse(expression);
  if (!read) return std::move(read).error();
  Cron cron{std::move(*read), std::nullopt};
  if (auto apart = check_spacing({.timing = cron}); !apart) return std::move(apart).error();
  if (!zone) return cron;
  if (base::to_lower(*zone).starts_with("etc")) {
    return refused(
        fmt::format("time zone '{}' is refused: the sign in such names is the reverse of "
                    "what it seems; name a place, or UTC",
                    *zone));
  }
  auto found = TimeZone::find(*zone);
  if (!found) return std::move(found).error();
  cron.zone = std::move(*found);
  return cron;
}

Result<Schedule> schedule_of(const ScheduleWords& words) {
  if (std::find(std::begin(kTypes), std::end(kTypes), words.type) == std::end(kTypes)) {
    return refused(fmt::format("type of a schedule is '{}', must be one of: manual, basic, cron{}",
                               words.type, base::did_you_mean(words.type, kTypes)));
  }
  if (auto own = only_its_own(words); !own) return std::move(own).error();
  Schedule schedule;
  auto missed = missed_of(words.missed);
  if (!missed) return std::move(missed).error();
  schedule.missed = *missed;
  schedule.jitter = words.jitter;

  if (words.type == "basic") {
    if (!words.every) return refused("a basic schedule needs every: 6 hours");
    auto basic = every(*words.every);
    if (!basic) return std::move(basic).error();
    schedule.timing = *basic;
  } else if (words.type == "cron") {
    if (!words.expression) return refused("a cron schedule needs an expression");
    auto read = cron(*words.expression, words.timezone);
    if (!read) return std::move(read).error();
    schedule.timing = std::move(*read);
  }
  return schedule;
}

ScheduleWords words_of(const Schedule& schedule) {
  ScheduleWords words;
  words.type = kTypes[schedule.timing.index()];
  if (const auto* basic = std::get_if<Basic>(&schedule.timing)) {
    words.every = fmt::format("{} {}", basic->units, name_of(basic->unit));
  }
  if (const auto* cron = std::get_if<Cron>(&schedule.timing)) {
    words.expression = cron->expression.text();
    if (cron->zone) words.timezone = cron->zone->name();
  }
  if (schedule.missed != Missed::once) words.missed = name_of(schedule.missed);
  words.jitter = schedule.jitter;
  return words;
}

json to_json(const Schedule& schedule) {
  const ScheduleWords words = words_of(schedule);
  json object = {{"type", words.type}};
  if (words.every) object["every"] = *words.every;
  if (words.expression) object["expression"] = *words.expression;
  if (words.timezone) object["timezone"] = *words.timezone;
  if (words.missed) object["missed"] = *words.missed;
  if (words.jitter) object["jitter"] = true;
  return object;
}

Result<Schedule> from_json(const json& object) {
  if (!object.is_object()) return refused("a schedule must be an object");
  ScheduleWords words;
  const std::pair<const char*, std::optional<std::string>*> texts[] = {
      {"every", &words.every},
      {"expression", &words.expression},
      {"timezone", &words.timezone},
      {"missed", &words.missed}};
  for (const auto& [key, word] : texts) {
    auto text = text_member(object, key);
    if (!text) return std::move(text).error();
    *word = std::move(*text);
  }
  auto type = text_member(object, "type");
  if (!type) return std::move(type).error();
  words.type = type->value_or("");
  if (const auto jitter = object.find("jitter"); jitter != object.end()) {
    if (!jitter->is_boolean()) return refused("jitter of a schedule must be true or false");
    words.jitter = jitter->get<bool>();
  }
  return schedule_of(words);
}

}  // namespace wharf::schedule
