#include "chores/log_keeper.h"

#include <catch2/catch.hpp>

using namespace wharf;
using namespace wharf::chores;
using bookkeeper::StoredLog;
using namespace std::chrono_literals;

namespace {

const base::WallTime kSweep = base::from_millis(1'700'000'000'000);

using Attempts = std::set<base::AttemptId>;

base::AttemptId attempt(std::int64_t job, std::int64_t number) {
  return {base::JobId(job), number};
}

StoredLog log(base::AttemptId of, std::uint64_t size, std::chrono::milliseconds age) {
  return {of, size, kSweep - age, false};
}

Attempts removed(const std::vector<StoredLog>& logs, const LogQuota& quota,
                 const Attempts& running = {}) {
  return logs_to_remove(logs, running, quota, kSweep);
}

}  // namespace

TEST_CASE("logs within their quota all stay") {
  const LogQuota quota{100, 1000, 24h};
  CHECK(
      removed({log(attempt(1, 0), 50, 3h), log(attempt(1, 1), 50, 2h), log(attempt(2, 0), 100, 1h)},
              quota)
          .empty());
}

TEST_CASE("of a job over its quota the oldest attempts' logs go, never the newest") {
  const LogQuota quota{100, 1000, 24h};
  CHECK(removed({log(attempt(1, 0), 60, 3h), log(attempt(1, 1), 60, 2h), log(attempt(1, 2), 30, 1h),
                 log(attempt(2, 0), 500, 1h)},
                quota) == Attempts{attempt(1, 0)});
}

TEST_CASE("beyond the total the oldest logs of all go") {
  const LogQuota quota{100, 150, 24h};
  CHECK(removed(
            {log(attempt(1, 0), 100, 3h), log(attempt(2, 0), 100, 1h), log(attempt(3, 0), 50, 2h)},
            quota) == Attempts{attempt(1, 0)});
}

TEST_CASE("what is older than it is to be kept goes; what runs stays and counts") {
  const LogQuota quota{100, 150, 24h};
  CHECK(removed({log(attempt(1, 0), 1, 25h), log(attempt(2, 0), 1, 24h)}, quota) ==
        Attempts{attempt(1, 0)});
  CHECK(removed(
            {log(attempt(1, 0), 100, 30h), log(attempt(2, 0), 100, 1h), log(attempt(3, 0), 50, 0h)},
            quota, {attempt(1, 0), attempt(3, 0)})
            .empty());
}
