#include "schedule/schedule_form.h"

#include "schedule/airbyte_form.h"
#include "times.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace wharf::schedule {
namespace {

using nlohmann::json;

const TimeZone kUtc = TimeZone::utc();

Schedule read(const char* text) {
  auto schedule = from_json(json::parse(text));
  INFO(text);
  REQUIRE(schedule.has_value());
  return *schedule;
}

std::string refusal_of(const Result<Schedule>& schedule) {
  REQUIRE(schedule.has_error());
  CHECK(schedule.error().code == ErrorCode::invalid_argument);
  return schedule.error().message;
}

}  // namespace

TEST_CASE("a schedule is read from its words and written as they were") {
  const std::vector<const char*> all = {
      R"({"type":"manual"})",
      R"({"type":"manual","missed":"skip"})",
      R"({"type":"basic","every":"6 hours"})",
      R"({"type":"basic","every":"30 minutes","jitter":true,"missed":"skip"})",
      R"({"type":"cron","expression":"0 0 3 * * ?","timezone":"Europe/Berlin"})",
      R"({"type":"cron","expression":"30 2 * * mon-fri"})",
  };
  for (const auto* text : all) {
    const Schedule schedule = read(text);
    CHECK(to_json(schedule) == json::parse(text));
    CHECK(from_json(to_json(schedule)).value() == schedule);
  }
  CHECK(read(all[0]).missed == Missed::once);
}

TEST_CASE("a basic schedule's units: a day is 24 hours, a month 30 days") {
  using std::chrono::hours;
  const std::vector<std::pair<std::string, std::chrono::minutes>> all = {
      {"1 minute", std::chrono::minutes(1)},
      {"90 minutes", std::chrono::minutes(90)},
      {"6 hours", hours(6)},
      {" 1 day ", hours(24)},
      {"2 weeks", hours(24 * 14)},
      {"1 month", hours(24 * 30)},
      {"12months", hours(24 * 360)},
  };
  for (const auto& [text, interval] : all) {
    INFO(text);
    CHECK(every(text).value().interval() == interval);
  }
  for (const std::string wrong :
       {"", "hours", "0 hours", "-1 hours", "1.5 hours", "6 Hours", "6 fortnights", "6 hours 5",
        "99999999999 minutes", "2147483647 months", "5000 weeks and", "1500 months"}) {
    INFO(wrong);
    CHECK(every(wrong).has_error());
  }
}

TEST_CASE("a wrong word of a schedule is refused by its name") {
  const std::vector<std::pair<const char*, std::string>> all = {
      {R"([])", "must be an object"},
      {R"({})", "type of a schedule is ''"},
      {R"({"type":"crom"})", "must be one of: manual, basic, cron (did you mean 'cron'?)"},
      {R"({"type":5})", "type of a schedule must be a text"},
      {R"({"type":"basic"})", "a basic schedule needs every: 6 hours"},
      {R"({"type":"cron"})", "a cron schedule needs an expression"},
      {R"({"type":"cron","every":"6 hours"})",
       "'every' belongs to a schedule of type basic, this one is cron"},
      {R"({"type":"manual","expression":"0 0 * * *"})", "'expression' belongs to"},
      {R"({"type":"basic","every":"6 hours","timezone":"UTC"})", "'timezone' belongs to"},
      {R"({"type":"manual","missed":"twice"})", "missed is 'twice', must be one of: once, skip"},
      {R"({"type":"manual","jitter":"yes"})", "jitter of a schedule must be true or false"},
      {R"({"type":"cron","expression":"0 0 3 * *","timezone":"Europe/Berln"})",
       "did you mean 'Europe/Berlin'?"},
      {R"({"type":"cron","expression":"0 0 3 * *","timezone":"etc/GMT+5"})",
       "time zone 'etc/GMT+5' is refused"},
      {R"({"type":"cron","expression":"0 99 * * *"})", "hour '99' must be 0 to 23"},
  };
  for (const auto& [text, says] : all) {
    const std::string message = refusal_of(from_json(json::parse(text)));
    INFO(message);
    CHECK(message.find(says) != std::string::npos);
  }
}

TEST_CASE("firings less than a minute apart are refused") {
  for (const std::string text :
       {"* * * * * ?", "0,30 0 3 1 1 ?", "0/59 0 3 * * ? 2090", "0-1 0 3 LW * ?"}) {
    INFO(text);
    CHECK(cron(text, "UTC").has_error());
    CHECK(from_public({{"scheduleType", "cron"}, {"cronExpression", text}}).has_error());
  }
  CHECK(cron("0,30 0 3 1 1 ?", "UTC").error().message ==
        "the schedule fires again after 30 s; 60 s is the least that is allowed");
  for (const std::string text : {"0 * * * * ?", "* * * * *", "30 0 3 * * ? 2020"}) {
    INFO(text);
    CHECK(cron(text, "UTC").has_value());
  }
}

TEST_CASE("an operator may ask for more than a minute between firings") {
  const auto spacing = [](const char* text) {
    return check_spacing(read(text), std::chrono::hours(1));
  };
  CHECK(spacing(R"({"type":"manual"})").has_value());
  CHECK(spacing(R"({"type":"cron","expression":"0 0 * * * ?"})").has_value());
  CHECK(spacing(R"({"type":"cron","expression":"0 30 1 * * ?","timezone":"Europe/Berlin"})")
            .has_value());
  CHECK(spacing(R"({"type":"cron","expression":"0 0,40 5 * * ? 2050"})").has_error());
  CHECK(spacing(R"({"type":"basic","every":"1 hour"})").has_value());
  CHECK(spacing(R"({"type":"basic","every":"59 minutes"})").has_error());
}

TEST_CASE("the public API's schedule: the zone stands behind the expression") {
  const auto nightly = json{{"scheduleType", "cron"}, {"cronExpression", "0 0 3 * * ?"}};
  const Schedule schedule = from_public(nightly).value();
  CHECK(std::get<Cron>(schedule.timing).zone == kUtc);
  const json answer = to_public(schedule, kUtc);
  CHECK(answer == json{{"scheduleType", "cron"}, {"cronExpression", "0 0 3 * * ? UTC"}});
  CHECK(from_public(answer).value() == schedule);

  const Schedule berlin =
      read(R"({"type":"cron","expression":"0 3 * * MON","timezone":"Europe/Berlin"})");
  CHECK(to_public(berlin, kUtc)["cronExpression"] == "0 3 * * MON Europe/Berlin");
  CHECK(from_public(to_public(berlin, kUtc)).value() == berlin);

  CHECK(to_public(read(R"({"type":"basic","every":"24 hours"})"), kUtc) ==
        json{{"scheduleType", "basic"}, {"basicTiming", "Every 24 HOURS"}});
  CHECK(to_public(Schedule{}, kUtc) == json{{"scheduleType", "manual"}});
  CHECK(from_public(json{{"scheduleType", "manual"}}).value() == Schedule{});

  CHECK(refusal_of(from_public(json{{"scheduleType", "basic"}})) ==
        "scheduleType is 'basic', must be one of: manual, cron");
  CHECK(refusal_of(from_public(json{{"scheduleType", "cron"}})) ==
        "scheduleType cron needs a cronExpression");
  CHECK(refusal_of(from_public(json::array())).starts_with("scheduleType is ''"));
}

TEST_CASE("the Config API's schedule: type and data must match") {
  const json basic = {{"basicSchedule", {{"timeUnit", "hours"}, {"units", 24}}}};
  const json cron = {{"cron", {{"cronExpression", "0 0 3 * * ?"}, {"cronTimeZone", "Asia/Tokyo"}}}};

  const json written = to_schedule_data(from_schedule_data("basic", basic).value(), kUtc);
  CHECK(written["scheduleType"] == "basic");
  CHECK(written["scheduleData"] == basic);
  CHECK(written["schedule"] == basic["basicSchedule"]);
  const json timed = to_schedule_data(from_schedule_data("cron", cron).value(), kUtc);
  CHECK(timed == json{{"scheduleType", "cron"}, {"scheduleData", cron}});
  const json by_hand = to_schedule_data(from_schedule_data("manual", nullptr).value(), kUtc);
  CHECK(by_hand == json{{"scheduleType", "manual"}});

  CHECK(from_schedule_data("manual", basic).has_error());
  CHECK(from_schedule_data("cron", basic).has_error());
  CHECK(from_schedule_data("basic", cron).has_error());
  CHECK(from_schedule_data("cron", json::object()).has_error());
  CHECK(from_schedule_data("daily", json::object()).has_error());
  CHECK(from_schedule_data("basic", {{"basicSchedule", {{"units", 3}}}}).has_error());
  CHECK(from_schedule_data("basic", {{"basicSchedule", "often"}}).has_error());
  CHECK(from_schedule_data("basic", {{"basicSchedule", {{"timeUnit", "hours"}, {"units", 0}}}})
            .has_error());
  CHECK(refusal_of(from_schedule_data("cron", {{"cron", {{"cronExpression", "0 0 3 * * ?"}}}})) ==
        "cron needs a cronExpression and a cronTimeZone");
  const json etc = {{"cron", {{"cronExpression", "0 0 3 * * ?"}, {"cronTimeZone", "Etc/GMT+5"}}}};
  CHECK(from_schedule_data("cron", etc).has_error());
}

}  // namespace wharf::schedule
