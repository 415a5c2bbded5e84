#include "chores/log_keeper.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::chores;
using bookkeeper::StoredLog;
using std::filesystem::path;
using namespace std::chrono_literals;

namespace {

const base::WallTime kSweep = base::from_millis(1'700'000'000'000);

StoredLog log(const std::string& name, std::uint64_t size, std::chrono::milliseconds age) {
  return {path("/logs") / name, size, kSweep - age, false};
}

std::set<path> removed(std::vector<StoredLog> logs, const LogQuota& quota,
                       const std::set<path>& running = {}) {
  const auto gone = logs_to_remove(std::move(logs), running, quota, kSweep);
  return {gone.begin(), gone.end()};
}

}  // namespace

TEST_CASE("logs within their quota all stay") {
  const LogQuota quota{100, 1000, 24h};
  CHECK(removed({log("1/0.log", 50, 3h), log("1/1.log", 50, 2h), log("2/0.log", 100, 1h)}, quota)
            .empty());
}

TEST_CASE("of a job over its quota the oldest attempts' logs go, never the newest") {
  const LogQuota quota{100, 1000, 24h};
  CHECK(removed({log("1/0.log", 60, 3h), log("1/1.log", 60, 2h), log("1/2.log", 30, 1h),
                 log("2/0.log", 500, 1h)},
                quota) == std::set<path>{"/logs/1/0.log"});
}

TEST_CASE("beyond the total the oldest logs of all go") {
  const LogQuota quota{100, 150, 24h};
  CHECK(removed({log("1/0.log", 100, 3h), log("2/0.log", 100, 1h), log("3/0.log", 50, 2h)},
                quota) == std::set<path>{"/logs/1/0.log"});
}

TEST_CASE("what is older than it is to be kept goes; what runs stays and counts") {
  const LogQuota quota{100, 150, 24h};
  CHECK(removed({log("1/0.log", 1, 25h), log("2/0.log", 1, 24h)}, quota) ==
        std::set<path>{"/logs/1/0.log"});
  CHECK(removed({log("1/0.log", 100, 30h), log("2/0.log", 100, 1h), log("3/0.log", 50, 0h)}, quota,
                {"/logs/1/0.log", "/logs/3/0.log"})
            .empty());
}
