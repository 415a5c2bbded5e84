#include "base/log.h"

#include <catch2/catch.hpp>

using namespace wharf::base;

namespace {
struct FixedClock final : Clock {
  WallTime wall() const override { return from_millis(1'795'363'028'123); }
  SteadyTime steady() const override { return {}; }
};
}  // namespace

TEST_CASE("an event is one line of key=value, whatever its values hold") {
  const FixedClock clock;
  std::string written;
  Log log(clock, LogLevel::info, [&](std::string_view line) { written += line; });
  log.debug("too small");
  log.warn("attempt failed", {{"job", 12}, {"why", "exit \"1\"\nnext"}, {"empty", ""}});
  CHECK(written ==
        "2026-11-22T15:57:08.123Z warn attempt failed job=12 "
        "why=\"exit \\\"1\\\"\\nnext\" empty=\"\"\n");
}

TEST_CASE("times before the epoch are times too") {
  CHECK(to_iso(from_millis(-1)) == "1969-12-31T23:59:59.999Z");
}
