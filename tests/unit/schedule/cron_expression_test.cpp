#include "schedule/cron_expression.h"

#include "times.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace wharf::schedule {
namespace {

std::vector<std::string> firings(const std::string& text, const std::string& start, int count) {
  const auto cron = CronExpression::parse(text);
  REQUIRE(cron.has_value());
  std::vector<std::string> out;
  base::WallTime time = at(start);
  for (int i = 0; i < count; ++i) {
    const auto next = cron->next_after(time, TimeZone::utc());
    out.push_back(next ? text_of(*next) : "never");
    if (!next) break;
    time = *next;
  }
  return out;
}

std::vector<std::string> days(const std::string& text, int count) {
  std::vector<std::string> out;
  for (const auto& one : firings(text, "2026-01-01T00:00:00Z", count)) {
    out.push_back(one.substr(0, 10));
  }
  return out;
}

using Texts = std::vector<std::string>;

std::string refusal_of(const std::string& text) {
  const auto cron = CronExpression::parse(text);
  REQUIRE_FALSE(cron.has_value());
  CHECK(cron.error().code == ErrorCode::invalid_argument);
  return cron.error().message;
}

}  // namespace

TEST_CASE("Quartz's special characters mean these days") {
  CHECK(days("0 0 12 L * ?", 3) == Texts{"2026-01-31", "2026-02-28", "2026-03-31"});
  CHECK(days("0 0 12 L-3 * ?", 3) == Texts{"2026-01-28", "2026-02-25", "2026-03-28"});
  CHECK(days("0 0 12 L-28 * ?", 3) == Texts{"2026-01-03", "2026-03-03", "2026-04-02"});
  CHECK(days("0 0 12 LW * ?", 3) == Texts{"2026-01-30", "2026-02-27", "2026-03-31"});
  CHECK(days("0 0 12 L-3W * ?", 3) == Texts{"2026-01-28", "2026-02-25", "2026-03-27"});
  CHECK(days("0 0 12 15W * ?", 3) == Texts{"2026-01-15", "2026-02-16", "2026-03-16"});
  // The 1st of August is a Saturday; the Friday before it is another month's.
  CHECK(days("0 0 12 1W 8 ?", 2) == Texts{"2026-08-03", "2027-08-02"});
  CHECK(days("0 0 12 31W 5,6 ?", 2) == Texts{"2026-05-29", "2027-05-31"});
  CHECK(days("0 0 12 ? * L", 2) == Texts{"2026-01-03", "2026-01-10"});
  CHECK(days("0 0 12 ? * 6L", 2) == Texts{"2026-01-30", "2026-02-27"});
  CHECK(days("0 0 12 ? * friL", 2) == Texts{"2026-01-30", "2026-02-27"});
  CHECK(days("0 0 12 ? * 6#3", 2) == Texts{"2026-01-16", "2026-02-20"});
  CHECK(days("0 0 12 ? * MON#1", 2) == Texts{"2026-01-05", "2026-02-02"});
  CHECK(days("0 0 12 ? * 1#5", 2) == Texts{"2026-03-29", "2026-05-31"});
  CHECK(days("0 0 12 ? * FRI-MON", 4) ==
        Texts{"2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"});
  CHECK(days("0 0 12 ? JAN,jul MON", 5).back() == "2026-07-06");
  CHECK(firings("0 0 22-1/2 * * ?", "2026-01-01T12:00:00Z", 3) ==
        Texts{"2026-01-01T22:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T22:00:00Z"});
  CHECK(firings("15,45 /20 3 1 1 ? 2027/2", "2026-01-01T12:00:00Z", 3) ==
        Texts{"2027-01-01T03:00:15Z", "2027-01-01T03:00:45Z", "2027-01-01T03:20:15Z"});
}

TEST_CASE("a crontab's two day fields: either, unless one begins with a star") {
  CHECK(days("0 12 13 * FRI", 4) == Texts{"2026-01-02", "2026-01-09", "2026-01-13", "2026-01-16"});
  CHECK(days("0 12 * * 7", 2) == Texts{"2026-01-04", "2026-01-11"});
  CHECK(days("0 12 * * 0", 2) == Texts{"2026-01-04", "2026-01-11"});
  CHECK(days("0 12 * * 6-7", 2) == Texts{"2026-01-03", "2026-01-04"});
  CHECK(days("0 12 */2 * MON", 3) == Texts{"2026-01-05", "2026-01-19", "2026-02-09"});
  CHECK(days("0 12 1-7 * */7", 2) == Texts{"2026-01-04", "2026-02-01"});
}

TEST_CASE("sparse expressions are found at once, and those that are over end") {
  // Once in 28 years, and not at all around 2100.
  CHECK(days("0 12 29 2 */7", 3) == Texts{"2032-02-29", "2060-02-29", "2088-02-29"});
  CHECK(firings("0 30 12 1 1 ? 2099", "2026-01-01T00:00:00Z", 2) ==
        Texts{"2099-01-01T12:30:00Z", "never"});
  CHECK(firings("0 0 0 1 1 ? 2020", "2026-01-01T00:00:00Z", 1) == Texts{"never"});
  CHECK(firings("0 0 0 1 1 ?", "2199-06-01T00:00:00Z", 1) == Texts{"never"});
  CHECK(firings("* * * * * ?", "2500-01-01T00:00:00Z", 1) == Texts{"never"});
  CHECK(firings("0 0 0 1 1 ?", "1066-10-14T00:00:00Z", 1) == Texts{"1970-01-01T00:00:00Z"});
}

TEST_CASE("a firing is later than what it is asked after, by the millisecond") {
  const auto cron = CronExpression::parse("0 0 3 * * ?").value();
  const auto firing = at("2026-01-02T03:00:00Z");
  const auto millisecond = std::chrono::milliseconds(1);
  CHECK(cron.next_after(firing - millisecond, TimeZone::utc()) == firing);
  CHECK(cron.next_after(firing, TimeZone::utc()) == at("2026-01-03T03:00:00Z"));
  CHECK(cron.next_after(firing + millisecond, TimeZone::utc()) == at("2026-01-03T03:00:00Z"));
}

TEST_CASE("a zone's rule goes on when the changes listed in its file end") {
  const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
  const auto noon = CronExpression::parse("0 0 12 1 1,7 ? 2098-2099").value();
  auto next = noon.next_after(at("2090-01-01T00:00:00Z"), berlin);
  CHECK(text_of(*next) == "2098-01-01T11:00:00Z");
  next = noon.next_after(*next, berlin);
  CHECK(text_of(*next) == "2098-07-01T10:00:00Z");
}

TEST_CASE("a refusal names the field, what stands in it and what is allowed") {
  CHECK(refusal_of("0 61 * * * ?") ==
        "while reading cron '0 61 * * * ?': minute '61' must be 0 to 59");
  CHECK(refusal_of("0 0 0 ? * 0") ==
        "while reading cron '0 0 0 ? * 0': day-of-week '0' must be 1 to 7 (1 is Sunday) or SUN to "
        "SAT");
  CHECK(
      refusal_of("0 0 3 * * *") ==
      "while reading cron '0 0 3 * * *': exactly one of day-of-month '*' and day-of-week '*' must "
      "be ?; the other one decides");
  CHECK(refusal_of("0 12 * * ?") ==
        "while reading cron '0 12 * * ?': '?' belongs to the Quartz form, which has the second as "
        "its first field");
  CHECK(refusal_of("0 0 12 30 2 ?").ends_with("it never fires: no calendar has such a day"));
  CHECK(refusal_of("* * * *").find("has 4 fields; Quartz has 6 or 7") != std::string::npos);

  struct Wrong {
    std::string text, says;
  };
  const std::vector<Wrong> all = {
      {"", "has 0 fields"},
      {"@daily", "has 1 field;"},
      {"0 0 0 * * ? 2026 x", "has 8 fields"},
      {"60 0 0 * * ?", "second '60' must be 0 to 59"},
      {"0 0 24 * * ?", "hour '24' must be 0 to 23"},
      {"0 0 0 0 * ?", "day-of-month '0' must be 1 to 31"},
      {"0 0 0 32W * ?", "day-of-month '32W' must be 1W to 31W"},
      {"0 0 0 W * ?", "day-of-month 'W'"},
      {"0 0 0 1-5W * ?", "day-of-month '1-5W'"},
      {"0 0 0 L,15 * ?", "they stand alone"},
      {"0 0 0 1W,15W * ?", "they stand alone"},
      {"0 0 0 L-31 * ?", "L-1 to L-30"},
      {"0 0 0 L3 * ?", "L-1 to L-30"},
      {"0 0 0 1 13 ?", "month '13' must be 1 to 12 or JAN to DEC"},
      {"0 0 0 1 JANUARY ?", "month 'JANUARY'"},
      {"0 0 0 1 * ? 1969", "year '1969' must be 1970 to 2199"},
      {"0 0 0 1 * ? 2030-2020", "ends before it begins"},
      {"0 0 0 ? * MON-FRI/2", "a step after a name"},
      {"0 0 0 ? * MON-6", "day-of-week 'MON-6'"},
      {"0 0 0 ? * 6#0", "needs a number of 1 to 5 after #"},
      {"0 0 0 ? * 6#6", "needs a number of 1 to 5 after #"},
      {"0 0 0 ? * 2#1,4#1", "they stand alone"},
      {"0 0 0 ? * MON,6L", "they stand alone"},
      {"0 0 0 ? * 8L", "day-of-week '8' must be 1 to 7"},
      {"0 0 0 ? * ?", "exactly one of"},
      {"0 0 ? * * ?", "hour '?'"},
      {"0 0 L * * ?", "hour 'L'"},
      {"0 0/0 * * * ?", "minute '0/0' needs a step of 1 to 59"},
      {"0 0/60 * * * ?", "minute '0/60' needs a step of 1 to 59"},
      {"0 */ * * * ?", "minute '*/' needs a step"},
      {"0 1,,2 * * * ?", "minute '' must be"},
      {"0 -5 * * * ?", "minute '-5'"},
      {"0 5- * * * ?", "minute '5-'"},
      {"0 +5 * * * ?", "minute '+5'"},
      {"0 99999999999 * * * ?", "minute '99999999999'"},
      {"*/90 * * * *", "minute '*/90' needs a step of 1 to 59"},
      {"0 22-2 * * *", "hour '22-2' ends before it begins"},
      {"0 0 * * FRI-SUN", "day-of-week 'FRI-SUN' ends before it begins"},
      {"0 0 * * 8", "day-of-week '8' must be 0 to 7 (0 and 7 are Sunday)"},
      {"0 0 L * *", "'L' belongs to the Quartz form"},
      {"0 0 15W * *", "'15W' belongs to the Quartz form"},
      {"0 0 * * 5L", "'5L' belongs to the Quartz form"},
      {"0 0 * * 5#2", "'5#2' belongs to the Quartz form"},
      {"/5 * * * *", "minute ''"},
      {"0 0 31 2,4 *", "it never fires"},
      {"0 0 12 29 2 ? 2027", "it never fires"},
  };
  for (const auto& [text, says] : all) {
    INFO(text << " says: " << refusal_of(text));
    CHECK(refusal_of(text).find(says) != std::string::npos);
  }
}

TEST_CASE("an expression is kept as it was written, a space between fields") {
  const auto cron = CronExpression::parse("  0 0\t3 ? *  mon-fri ").value();
  CHECK(cron.text() == "0 0 3 ? * mon-fri");
  CHECK(cron.form() == CronExpression::Form::quartz);
  const auto july = CronExpression::parse("0 3 * JUL *").value();
  CHECK(july.form() == CronExpression::Form::crontab);
}

}  // namespace wharf::schedule
