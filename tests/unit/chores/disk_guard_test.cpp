#include "chores/disk_guard.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::chores;

namespace {

const base::SystemClock kRealClock;

}  // namespace

TEST_CASE("syncs wait below the least, and go on a quarter above it") {
  struct Row {
    bool waited;
    std::uint64_t free;
    bool waits;
  };
  const Row table[] = {{false, 99, true}, {false, 100, false}, {true, 99, true},
                       {true, 100, true}, {true, 124, true},   {true, 125, false},
                       {false, 0, true},  {true, 5000, false}};
  for (const auto& row : table) {
    INFO(row.waited << " with " << row.free);
    CHECK(syncs_wait(row.waited, row.free, 100) == row.waits);
  }
  CHECK_FALSE(syncs_wait(false, 0, 0));
  CHECK_FALSE(syncs_wait(true, 0, 0));
}

TEST_CASE("the guard says why syncs wait, since when, and when they may go on; once each") {
  std::string said;
  base::Log log(kRealClock, base::LogLevel::info, [&](std::string_view line) { said += line; });
  std::optional<DiskSpace> space = DiskSpace{2000, 10000};
  DiskGuard guard("/data", 1000, kRealClock, log, [&](const auto&) { return space; });
  CHECK_FALSE(guard.look());
  CHECK(guard.may_start());
  space->free = 900;
  CHECK_FALSE(guard.look());
  CHECK_FALSE(guard.may_start());
  REQUIRE(guard.hold());
  CHECK(guard.hold()->reason ==
        "the disk of /data has 900 B left, less than disk.minimum_free (1.0 KB)");
  const auto since = guard.hold()->since;
  space->free = 1100;
  CHECK_FALSE(guard.look());
  CHECK(guard.hold()->since == since);
  const auto once = said;
  CHECK(once.find("new syncs wait") != std::string::npos);
  space.reset();  // it cannot be asked now
  CHECK_FALSE(guard.look());
  CHECK_FALSE(guard.may_start());
  CHECK(said == once);
  space = DiskSpace{1250, 10000};
  CHECK(guard.look());
  CHECK(guard.may_start());
  CHECK_FALSE(guard.look());
}
