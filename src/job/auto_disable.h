#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace wharf::job {

/// When a connection that only fails is given up (sync-semantics 5.8). 0 failed jobs: never.
struct AutoDisablePolicy {
  int failed_jobs = 30;
  int days = 7;
  int failed_jobs_warning = 20;
  int days_warning = 4;
};

/// What only failing amounts to so far. Cancelled jobs count on neither side.
struct FailureStreak {
  std::int64_t failed_jobs = 0;  ///< since the last that succeeded
  base::WallTime since;          ///< when that was made, else the first job of all
};

enum class AutoDisable { nothing, warn, disable };

/// What follows from the job that has failed just now: `streak` counts it. A warning is given by
/// the first failed job that earns it; `previous` is when the failed job before this one ended.
AutoDisable judge(const FailureStreak& streak, base::WallTime now, base::WallTime previous,
                  const AutoDisablePolicy& policy);

/// Stored with a connection that is given up, as Airbyte names it.
inline constexpr std::string_view kTooManyFailedJobs =
    "TOO_MANY_FAILED_JOBS_WITH_NO_RECENT_SUCCESS";

/// The verdict in words: "30 jobs in a row have failed, for 8 days".
std::string explain(const FailureStreak& streak, base::WallTime now);

}  // namespace wharf::job
