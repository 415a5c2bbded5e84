// Every line that Quartz and a double of Debian's cron have written: tests/data/cron/README.md.

#include "schedule/cron_expression.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

namespace {

using namespace wharf;
using schedule::CronExpression;
using schedule::TimeZone;

struct Line {
  std::string expression, zone, answer;
  base::WallTime start;
};

template <class F>
int for_each_line(const std::string& file, F&& check) {
  std::ifstream in(TEST_DATA "/cron/" + file);
  int lines = 0;
  std::string text;
  for (; std::getline(in, text); ++lines) {
    std::istringstream fields(text);
    Line line;
    std::string start;
    std::getline(fields, line.expression, '\t');
    std::getline(fields, line.zone, '\t');
    std::getline(fields, start, '\t');
    std::getline(fields, line.answer);
    line.start = base::WallTime(std::chrono::seconds(std::stoll(start)));
    INFO(line.expression << " in " << line.zone << " from " << start);
    check(line);
  }
  return lines;
}

// The distances between firings, as many as the line has, in the form it has them.
std::string answer_of(const CronExpression& cron, const Line& line) {
  const TimeZone zone = TimeZone::find(line.zone).value();
  std::istringstream wanted(line.answer);
  std::string answer;
  base::WallTime at = line.start;
  for (std::string one; wanted >> one;) {
    const auto next = cron.next_after(at, zone);
    if (!answer.empty()) answer += ' ';
    if (!next) return answer + "never";
    answer += std::to_string(std::chrono::floor<std::chrono::seconds>(*next - at).count());
    at = *next;
  }
  return answer;
}

}  // namespace

TEST_CASE("a Quartz expression fires when Quartz fires it") {
  const int lines = for_each_line("quartz.txt", [](const Line& line) {
    const auto cron = CronExpression::parse(line.expression);
    if (cron) {
      CHECK(answer_of(*cron, line) == line.answer);
    } else {
      CHECK(line.answer == "never");
      CHECK(cron.error().message.find("never fires") != std::string::npos);
    }
  });
  CHECK(lines > 1300);
}

TEST_CASE("a crontab expression fires when Debian's cron fires it") {
  const int lines = for_each_line("crontab.txt", [](const Line& line) {
    const auto cron = CronExpression::parse(line.expression);
    REQUIRE(cron.has_value());
    CHECK(answer_of(*cron, line) == line.answer);
  });
  CHECK(lines > 900);
}

TEST_CASE("what Quartz refuses is refused, and what is taken means the same as there") {
  int refused = 0;
  const int lines = for_each_line("quartz_mutated.txt", [&](const Line& line) {
    const auto cron = CronExpression::parse(line.expression);
    if (!cron) {
      ++refused;
    } else {
      CHECK(answer_of(*cron, line) == line.answer);  // and so it is not "refused"
    }
  });
  CHECK(lines > 300);
  CHECK(refused < lines);
}
