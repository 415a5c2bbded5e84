#include "schedule/due.h"

#include "schedule/jitter.h"
#include "schedule/schedule_form.h"
#include "times.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

namespace wharf::schedule {
namespace {

using base::WallTime;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Schedule basic(const std::string& text) {
  Schedule schedule;
  schedule.timing = every(text).value();
  return schedule;
}

Schedule timed(const std::string& expression, const std::string& zone = "UTC") {
  Schedule schedule;
  schedule.timing = cron(expression, zone).value();
  return schedule;
}

Schedule skipping(Schedule schedule) {
  schedule.missed = Missed::skip;
  return schedule;
}

// Watched since long ago.
Facts facts(const std::string& since) {
  Facts facts;
  facts.since = at(since);
  facts.watched_since = at("2020-01-01T00:00:00Z");
  return facts;
}

Facts after(const std::string& created, const std::string& started = "") {
  Facts facts = schedule::facts("2026-01-01T00:00:00Z");
  facts.previous = PreviousJob{at(created), {}};
  if (!started.empty()) facts.previous->started_at = at(started);
  return facts;
}

std::string next(const Schedule& schedule, const Facts& facts, const std::string& now) {
  const auto due = next_run(schedule, facts, at(now), TimeZone::utc());
  return due ? text_of(*due) : "never";
}

// A scheduler, a job that takes a while, and a clock that may be moved: what has run.
struct World {
  Schedule schedule;
  Facts facts;
  WallTime clock;
  std::vector<std::string> runs;

  void pass(minutes time) {
    const auto end = clock + time;
    for (; clock < end; clock += seconds(20)) {
      const auto due = next_run(schedule, facts, clock, TimeZone::utc());
      if (!due || *due > clock) continue;
      runs.push_back(text_of(clock));
      facts.previous = PreviousJob{clock, clock};
      facts.idle_since = clock + seconds(5);
    }
  }
  // Down for so long: nobody watches.
  void sleep(minutes time) {
    clock += time;
    facts.watched_since = clock;
  }
};

World world(const Schedule& schedule, const std::string& now) {
  return {schedule, {.since = at(now), .watched_since = at(now)}, at(now), {}};
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a manual schedule and an inactive connection never run by themselves") {
  CHECK(next(Schedule{}, after("2026-01-05T00:00:00Z"), "2026-02-01T00:00:00Z") == "never");
  Facts off = facts("2026-01-01T00:00:00Z");
  off.active = false;
  CHECK(next(basic("1 hour"), off, "2026-02-01T00:00:00Z") == "never");
  CHECK(next(timed("0 0 3 * * ?"), off, "2026-02-01T00:00:00Z") == "never");
}

TEST_CASE("a basic schedule counts from the creation of the job before, and begins at once") {
  const auto schedule = basic("6 hours");
  CHECK(next(schedule, facts("2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z") ==
        "2026-01-01T00:00:00Z");
  CHECK(next(schedule, after("2026-01-05T01:00:00Z", "2026-01-05T04:00:00Z"),
             "2026-01-05T05:00:00Z") == "2026-01-05T07:00:00Z");
  // Ran over its interval: now, and who is overdue says since when.
  CHECK(next(schedule, after("2026-01-05T01:00:00Z"), "2026-01-05T09:00:00Z") ==
        "2026-01-05T07:00:00Z");
}

TEST_CASE("F-49: a basic schedule's day has 24 hours when the clocks change") {
  Schedule schedule = basic("1 day");
  const auto berlin = TimeZone::find("Europe/Berlin").value();
  const auto due =
      next_run(schedule, after("2026-03-28T02:00:00Z"), at("2026-03-28T03:00:00Z"), berlin);
  CHECK(text_of(*due) == "2026-03-29T02:00:00Z");
}

TEST_CASE(
    "a cron fires after now, a minute or more after the job before, not at first deployment") {
  const auto hourly = timed("0 0 * * * ?");
  // Deployed in the very second of a firing.
  CHECK(next(hourly, facts("2026-01-05T03:00:00Z"), "2026-01-05T03:00:00Z") ==
        "2026-01-05T04:00:00Z");
  CHECK(next(hourly, after("2026-01-05T03:00:00Z", "2026-01-05T03:00:02Z"),
             "2026-01-05T03:10:00Z") == "2026-01-05T04:00:00Z");
  // Started late, within a minute of the next firing, which it stands for.
  CHECK(next(hourly, after("2026-01-05T03:00:00Z", "2026-01-05T03:59:30Z"),
             "2026-01-05T03:59:40Z") == "2026-01-05T05:00:00Z");
  // Not yet started: its creation counts.
  CHECK(next(hourly, after("2026-01-05T02:59:30Z"), "2026-01-05T02:59:40Z") ==
        "2026-01-05T04:00:00Z");
}

TEST_CASE("a cron's zone is its own, else the default") {
  Schedule schedule;
  schedule.timing = cron("0 0 3 * * ?", std::nullopt).value();
  const auto now = at("2026-01-05T00:00:00Z");
  const auto since = facts("2026-01-05T00:00:00Z");
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  CHECK(text_of(*next_run(schedule, since, now, tokyo)) == "2026-01-05T18:00:00Z");
  CHECK(text_of(*next_run(timed("0 0 3 * * ?", "Europe/Berlin"), since, now, tokyo)) ==
        "2026-01-05T02:00:00Z");
}

TEST_CASE("F-47: a long outage is made up for once, or not at all") {
  for (const std::string text : {"0 0 3 * * ?", "0 */10 * * * ?"}) {
    INFO(text);
    World once = world(timed(text), "2026-01-05T02:50:30Z");
    once.sleep(hours(72));
    once.pass(minutes(1));
    CHECK(once.runs == Texts{"2026-01-08T02:50:30Z"});

    World skip = world(skipping(timed(text)), "2026-01-05T02:51:30Z");
    skip.sleep(hours(72));
    skip.pass(minutes(1));
    CHECK(skip.runs.empty());
    skip.pass(minutes(10));
    CHECK(skip.runs == Texts{"2026-01-08T03:00:10Z"});
  }
}

TEST_CASE("a basic schedule that skips what it missed goes on in whole intervals") {
  Facts facts = after("2026-01-05T01:00:00Z");
  facts.watched_since = at("2026-01-06T00:30:00Z");
  const auto now = "2026-01-06T00:30:00Z";
  CHECK(next(basic("6 hours"), facts, now) == "2026-01-05T07:00:00Z");
  CHECK(next(skipping(basic("6 hours")), facts, now) == "2026-01-06T01:00:00Z");
  // A restart within the minute is no outage.
  facts.watched_since = at("2026-01-06T01:00:40Z");
  CHECK(next(skipping(basic("6 hours")), facts, "2026-01-06T01:00:40Z") == "2026-01-06T01:00:00Z");
}

TEST_CASE("a restart at the minute of a firing misses nothing, whatever the policy") {
  World skip = world(skipping(timed("0 0 3 * * ?")), "2026-01-05T02:59:50Z");
  skip.sleep(minutes(1));
  skip.pass(minutes(5));
  CHECK(skip.runs == Texts{"2026-01-05T03:00:50Z"});
}

TEST_CASE("firings that pass while a job runs are left out") {
  Facts busy = after("2026-01-05T03:00:00Z", "2026-01-05T03:00:01Z");
  busy.idle_since = at("2026-01-05T05:30:00Z");
  CHECK(next(timed("0 0 * * * ?"), busy, "2026-01-05T05:30:01Z") == "2026-01-05T06:00:00Z");
  // Ended just as the next one fires: it has not passed.
  busy.idle_since = at("2026-01-05T05:59:59Z");
  CHECK(next(timed("0 0 * * * ?"), busy, "2026-01-05T06:00:00Z") == "2026-01-05T06:00:00Z");
}

TEST_CASE("F-47: a changed expression starts fresh, a changed interval counts from the last job") {
  Facts changed = after("2026-01-05T03:00:00Z");
  changed.since = at("2026-01-07T12:00:00Z");  // when the expression was changed
  CHECK(next(timed("0 0 11 * * ?"), changed, "2026-01-07T12:00:00Z") == "2026-01-08T11:00:00Z");
  CHECK(next(basic("72 hours"), changed, "2026-01-07T12:00:00Z") == "2026-01-08T03:00:00Z");
}

TEST_CASE("a clock set an hour ahead or back neither doubles nor loses a firing") {
  for (const Missed missed : {Missed::once, Missed::skip}) {
    for (const std::string text : {"0 0 3 * * ?", "0 3 * * *"}) {
      INFO(text << " " << name_of(missed));
      Schedule schedule = timed(text);
      schedule.missed = missed;

      World ahead = world(schedule, "2026-01-05T02:00:00Z");
      ahead.pass(minutes(30));
      ahead.clock += hours(1);  // 02:30 → 03:30
      ahead.pass(hours(30));
      CHECK(ahead.runs == Texts{"2026-01-05T03:30:00Z", "2026-01-06T03:00:00Z"});

      World back = world(schedule, "2026-01-05T02:00:00Z");
      back.pass(minutes(90));
      back.clock -= hours(1);  // 03:30 → 02:30, and 03:00 comes again
      back.pass(hours(30));
      CHECK(back.runs == Texts{"2026-01-05T03:00:00Z", "2026-01-06T03:00:00Z"});
    }
  }
}

TEST_CASE("records of a clock that was years ahead do not stop a schedule for years") {
  Facts odd = after("2031-01-01T00:00:00Z", "2031-01-01T00:00:00Z");
  odd.since = at("2031-01-01T00:00:00Z");
  odd.idle_since = at("2031-01-01T00:10:00Z");
  CHECK(next(timed("0 0 3 * * ?"), odd, "2026-01-05T02:00:00Z") == "2026-01-05T03:00:00Z");
  CHECK(next(basic("6 hours"), odd, "2026-01-05T02:00:00Z") == "2026-01-05T02:00:00Z");
}

TEST_CASE("an hourly crontab fires every hour of real time when the clocks change") {
  World days = world(timed("0 * * * *", "Europe/Berlin"), "2026-03-28T00:10:00Z");
  days.pass(hours(48));
  CHECK(days.runs.size() == 48);
}

TEST_CASE("jitter has the sizes that Airbyte gives it") {
  CHECK(jitter_max(minutes(5)) == minutes(0));
  CHECK(jitter_max(minutes(6)) == minutes(2));
  CHECK(jitter_max(minutes(90)) == minutes(2));
  CHECK(jitter_max(minutes(91)) == minutes(5));
  CHECK(jitter_max(minutes(150)) == minutes(5));
  CHECK(jitter_max(minutes(390)) == minutes(15));
  CHECK(jitter_max(minutes(391)) == minutes(25));
}

TEST_CASE("jitter moves a cron later only, a basic schedule to either side, evenly") {
  Schedule nightly = timed("0 0 3 * * ?");
  Schedule daily = basic("1 day");
  nightly.jitter = daily.jitter = true;
  const auto now = at("2026-01-05T12:00:00Z");
  const auto before = after("2026-01-05T03:00:00Z");
  const auto nominal = at("2026-01-06T03:00:00Z");
  WallTime first = nominal + hours(1), last = nominal - hours(1);
  WallTime cron_last = nominal;
  std::set<WallTime> different;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const auto cron_run = *next_run(nightly, before, now, TimeZone::utc(), seed);
    CHECK(cron_run >= nominal);
    CHECK(cron_run <= nominal + minutes(25));
    CHECK(cron_run == *next_run(nightly, before, now + hours(9), TimeZone::utc(), seed));
    cron_last = std::max(cron_last, cron_run);
    different.insert(cron_run);
    const auto basic_run = *next_run(daily, before, now, TimeZone::utc(), seed);
    first = std::min(first, basic_run);
    last = std::max(last, basic_run);
  }
  CHECK(different.size() > 900);  // of 1501 seconds
  CHECK(cron_last > nominal + minutes(24));
  CHECK(first >= nominal - minutes(13));
  CHECK(first < nominal - minutes(12));
  CHECK(last > nominal + minutes(12));
  CHECK(last <= nominal + minutes(13));
}

TEST_CASE("jitter loses no firing and doubles none, whoever asks when") {
  for (const Missed missed : {Missed::once, Missed::skip}) {
    for (const std::string text : {"0 0 */3 * * ?", "*/5 * * * *", "0 0 3 * * ?"}) {
      Schedule plain = timed(text);
      plain.missed = missed;
      Schedule moved = plain;
      moved.jitter = true;
      World steady = world(plain, "2026-01-05T00:01:00Z");
      World spread = world(moved, "2026-01-05T00:01:00Z");
      steady.pass(hours(24 * 5 + 1));
      spread.pass(hours(24 * 5 + 1));
      INFO(text << " " << name_of(missed));
      CHECK(steady.runs.size() == spread.runs.size());
      // A restart between the firing and its later instant.
      World restarted = world(moved, "2026-01-05T00:01:00Z");
      for (int i = 0; i < (24 * 5 + 1) * 60; ++i) {
        restarted.pass(minutes(1));
        restarted.sleep(minutes(0));
      }
      CHECK(restarted.runs == spread.runs);
    }
  }
}

}  // namespace wharf::schedule
