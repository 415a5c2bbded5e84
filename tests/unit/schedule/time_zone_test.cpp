#include "schedule/time_zone.h"

#include "times.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

namespace wharf::schedule {
namespace {

using std::chrono::seconds;

std::chrono::sys_seconds second_at(const std::string& text) {
  return std::chrono::floor<seconds>(at(text));
}

ZoneSpan span(const std::string& rule, const std::string& instant) {
  const auto read = ZoneRule::parse(rule);
  REQUIRE(read.has_value());
  return read->span_at(second_at(instant));
}

}  // namespace

TEST_CASE("a zone that is not there is refused with the nearest one that is") {
  const auto zone = TimeZone::find("Europe/Berln");
  REQUIRE_FALSE(zone.has_value());
  CHECK(zone.error().code == ErrorCode::invalid_argument);
  CHECK(zone.error().message.find("did you mean 'Europe/Berlin'?") != std::string::npos);
  for (const std::string name : {"", "localtime", "../../etc/passwd", "europe/berlin", "+01:00"}) {
    CHECK_FALSE(TimeZone::find(name).has_value());
  }
}

TEST_CASE("a zone tells the even stretch around an instant") {
  const auto berlin = TimeZone::find("Europe/Berlin").value();
  const ZoneSpan summer = berlin.span_at(second_at("2026-07-01T00:00:00Z"));
  CHECK(summer.begin == second_at("2026-03-29T01:00:00Z"));
  CHECK(summer.end == second_at("2026-10-25T01:00:00Z"));
  CHECK(summer.offset == std::chrono::hours(2));
  CHECK(berlin.span_at(summer.end).offset == std::chrono::hours(1));
  CHECK(berlin.span_at(summer.begin - seconds(1)).offset == std::chrono::hours(1));
  CHECK(TimeZone::utc().span_at(summer.begin).end == kEnd);
  CHECK(TimeZone::find("Etc/UTC").value() == TimeZone::utc());
}

TEST_CASE("beyond the changes that a file lists, the zone's rule goes on without a seam") {
  for (const std::string name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}) {
    const auto zone = TimeZone::find(name).value();
    ZoneSpan last = zone.span_at(second_at("2035-01-01T00:00:00Z"));
    for (int change = 0; change < 20; ++change) {
      const ZoneSpan next = zone.span_at(last.end);
      INFO(name << " " << text_of(last.end));
      CHECK(next.begin == last.end);
      CHECK(next.offset != last.offset);
      CHECK(next.end - next.begin > std::chrono::hours(24 * 100));
      last = next;
    }
  }
}

TEST_CASE("a rule is read in every form that files have") {
  CHECK(span("UTC0", "2050-01-01T00:00:00Z").offset == seconds(0));
  CHECK(span("<+0530>-5:30", "2050-01-01T00:00:00Z").offset == std::chrono::minutes(330));

  const auto berlin = span("CET-1CEST,M3.5.0,M10.5.0/3", "2050-07-01T00:00:00Z");
  CHECK(text_of(berlin.begin) == "2050-03-27T01:00:00Z");
  CHECK(text_of(berlin.end) == "2050-10-30T01:00:00Z");
  CHECK(berlin.offset == std::chrono::hours(2));

  // Half an hour, in the south: the summer crosses the year.
  const auto lord_howe = span("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2050-01-01T00:00:00Z");
  CHECK(text_of(lord_howe.begin) == "2049-10-02T15:30:00Z");
  CHECK(text_of(lord_howe.end) == "2050-04-02T15:00:00Z");
  CHECK(lord_howe.offset == std::chrono::hours(11));

  // Dublin's winter is what it calls its exception.
  CHECK(span("IST-1GMT0,M10.5.0,M3.5.0/1", "2050-01-01T00:00:00Z").offset == seconds(0));
  CHECK(span("IST-1GMT0,M10.5.0,M3.5.0/1", "2050-07-01T00:00:00Z").offset == std::chrono::hours(1));

  // A change before the day it is said of: Nuuk.
  const auto nuuk = span("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-07-01T00:00:00Z");
  CHECK(text_of(nuuk.begin) == "2050-03-27T01:00:00Z");
  CHECK(text_of(nuuk.end) == "2050-10-30T01:00:00Z");

  // Days by their number: J60 is always the 1st of March, 59 counts the leap day.
  CHECK(text_of(span("AAA0BBB,J60/0,J300/0", "2048-07-01T00:00:00Z").begin) ==
        "2048-03-01T00:00:00Z");
  CHECK(text_of(span("AAA0BBB,59/0,299/0", "2048-07-01T00:00:00Z").begin) ==
        "2048-02-29T00:00:00Z");

  for (const std::string broken : {"", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "C-1", "CET-25",
                                   "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x"}) {
    INFO(broken);
    CHECK_FALSE(ZoneRule::parse(broken).has_value());
  }
}

TEST_CASE("the system's zone is what TZ names, if there is such a zone") {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TZ", ":Asia/Kolkata", 1);
  CHECK(TimeZone::of_machine().name() == "Asia/Kolkata");
  setenv("TZ", "Nowhere/Land", 1);
  CHECK_FALSE(TimeZone::of_machine().name().empty());
  if (before == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", kept.c_str(), 1);
  }
}

}  // namespace wharf::schedule
