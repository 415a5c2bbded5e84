// F-48: the exact instants over both changes of the clocks, in four zones.

#include "schedule/cron_expression.h"
#include "times.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace wharf::schedule {
namespace {

struct Case {
  std::string zone, expression, start;
  std::vector<std::string> instants;
};

void check(const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    INFO(one.expression << " in " << one.zone << " from " << one.start);
    const auto cron = CronExpression::parse(one.expression);
    const auto zone = TimeZone::find(one.zone);
    REQUIRE(cron.has_value());
    REQUIRE(zone.has_value());
    base::WallTime time = at(one.start);
    for (const auto& instant : one.instants) {
      const auto next = cron->next_after(time, *zone);
      REQUIRE(next.has_value());
      CHECK(text_of(*next) == instant);
      time = *next;
    }
  }
}

constexpr auto kBerlin = "Europe/Berlin";          // 02:00 → 03:00, 03:00 → 02:00
constexpr auto kNewYork = "America/New_York";      // 02:00 → 03:00, 02:00 → 01:00
constexpr auto kLordHowe = "Australia/Lord_Howe";  // 02:00 → 02:30, 02:00 → 01:30
constexpr auto kSantiago = "America/Santiago";     // 24:00 → 01:00, 24:00 → 23:00

}  // namespace

TEST_CASE("F-48: a crontab's fixed time in a gap runs at its end, and once when it comes twice") {
  check({
      {kBerlin,
       "30 2 * * *",
       "2026-03-27T12:00:00Z",
       {"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
      {kBerlin,
       "30 2 * * *",
       "2026-10-23T12:00:00Z",
       {"2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
      {kBerlin,  // two in the gap and one at its end are one
       "15,45 2-3 * * *",
       "2026-03-29T00:00:00Z",
       {"2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z",
        "2026-03-30T00:15:00Z"}},
      {kNewYork,
       "30 2 * * *",
       "2026-03-06T12:00:00Z",
       {"2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
      {kNewYork,
       "30 2 * * *",
       "2026-10-30T12:00:00Z",
       {"2026-10-31T06:30:00Z", "2026-11-01T07:30:00Z", "2026-11-02T07:30:00Z"}},
      {kNewYork,
       "30 1 * * *",
       "2026-10-30T12:00:00Z",
       {"2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
      {kLordHowe,  // the gap is 02:00 to 02:30: this is just outside
       "30 2 * * *",
       "2026-10-02T12:00:00Z",
       {"2026-10-02T16:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:30:00Z"}},
      {kLordHowe,
       "15 2 * * *",
       "2026-10-02T12:00:00Z",
       {"2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
      {kLordHowe,
       "30 2 * * *",
       "2026-04-03T12:00:00Z",
       {"2026-04-03T15:30:00Z", "2026-04-04T16:00:00Z", "2026-04-05T16:00:00Z"}},
      {kLordHowe,
       "45 1 * * *",
       "2026-04-03T12:00:00Z",
       {"2026-04-03T14:45:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
      {kSantiago,
       "30 2 * * *",
       "2026-09-04T12:00:00Z",
       {"2026-09-05T06:30:00Z", "2026-09-06T05:30:00Z", "2026-09-07T05:30:00Z"}},
      {kSantiago,  // midnight itself is skipped
       "0 0 * * *",
       "2026-09-04T12:00:00Z",
       {"2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
      {kSantiago,
       "30 2 * * *",
       "2026-04-03T12:00:00Z",
       {"2026-04-04T05:30:00Z", "2026-04-05T06:30:00Z", "2026-04-06T06:30:00Z"}},
      {kSantiago,
       "30 23 * * *",
       "2026-04-03T12:00:00Z",
       {"2026-04-04T02:30:00Z", "2026-04-05T02:30:00Z", "2026-04-06T03:30:00Z"}},
  });
}

TEST_CASE("F-48: a crontab that follows the clock is every fifteen minutes of real time") {
  struct Day {
    std::string zone, begin;
    int firings;  // of a local day
  };
  const std::vector<Day> days = {
      {kBerlin, "2026-03-28T23:00:00Z", 92},   {kBerlin, "2026-10-24T22:00:00Z", 100},
      {kNewYork, "2026-03-08T05:00:00Z", 92},  {kNewYork, "2026-11-01T04:00:00Z", 100},
      {kLordHowe, "2026-10-03T13:30:00Z", 94}, {kLordHowe, "2026-04-04T13:00:00Z", 98},
      {kSantiago, "2026-09-06T04:00:00Z", 92}, {kSantiago, "2026-04-04T03:00:00Z", 100},
  };
  const auto quarters = CronExpression::parse("*/15 * * * *").value();
  const auto midnight = CronExpression::parse("0 0 * * *").value();
  for (const auto& day : days) {
    INFO(day.zone << " on the day that begins " << day.begin);
    const TimeZone zone = TimeZone::find(day.zone).value();
    const base::WallTime end = *midnight.next_after(at(day.begin), zone);
    base::WallTime time = at(day.begin) - std::chrono::seconds(1);
    int firings = 0;
    for (; (time = *quarters.next_after(time, zone)) < end; ++firings) {
      CHECK(time == at(day.begin) + std::chrono::minutes(15) * firings);
    }
    CHECK(firings == day.firings);
  }
}

TEST_CASE("Quartz passes over a time in a gap, and takes the second of two") {
  check({
      {kBerlin,
       "0 30 2 * * ?",
       "2026-03-27T12:00:00Z",
       {"2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"}},
      {kBerlin,
       "0 30 2 * * ?",
       "2026-10-23T12:00:00Z",
       {"2026-10-24T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"}},
      {kNewYork,
       "0 30 2 * * ?",
       "2026-03-06T12:00:00Z",
       {"2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"}},
      {kNewYork,
       "0 30 1 * * ?",
       "2026-10-30T12:00:00Z",
       {"2026-10-31T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-02T06:30:00Z"}},
      {kLordHowe,
       "0 15 2 * * ?",
       "2026-10-02T12:00:00Z",
       {"2026-10-02T15:45:00Z", "2026-10-04T15:15:00Z"}},
      {kLordHowe,
       "0 45 1 * * ?",
       "2026-04-03T12:00:00Z",
       {"2026-04-03T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-05T15:15:00Z"}},
      {kSantiago,
       "0 0 0 * * ?",
       "2026-09-04T12:00:00Z",
       {"2026-09-05T04:00:00Z", "2026-09-07T03:00:00Z"}},
      {kSantiago,
       "0 30 23 * * ?",
       "2026-04-03T12:00:00Z",
       {"2026-04-04T02:30:00Z", "2026-04-05T03:30:00Z", "2026-04-06T03:30:00Z"}},
      {kBerlin,  // also of every quarter of an hour
       "0 */15 * * * ?",
       "2026-10-24T23:40:00Z",
       {"2026-10-24T23:45:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:15:00Z"}},
      {kBerlin,
       "0 */15 * * * ?",
       "2026-03-29T00:40:00Z",
       {"2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"}},
  });
}

TEST_CASE("the next firing is the same whenever one asks, also between the two passes of an hour") {
  const TimeZone zone = TimeZone::find(kNewYork).value();
  for (const std::string text : {"0 30 1 * * ?", "30 1 * * *", "0 */15 * * * ?", "*/15 * * * *"}) {
    const auto cron = CronExpression::parse(text).value();
    INFO(text);
    base::WallTime time = at("2026-11-01T03:00:00Z");
    const base::WallTime end = at("2026-11-01T09:00:00Z");
    auto next = cron.next_after(time, zone);
    for (; time < end; time += std::chrono::minutes(1)) {
      if (*next <= time) next = cron.next_after(*next, zone);
      CHECK(cron.next_after(time, zone) == next);
    }
  }
}

}  // namespace wharf::schedule
