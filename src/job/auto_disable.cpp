#include "job/auto_disable.h"

#include <fmt/format.h>

namespace wharf::job {
namespace {

std::int64_t whole_days(base::WallTime from, base::WallTime to) {
  return std::chrono::floor<std::chrono::days>(to - from).count();
}

bool reached(const FailureStreak& streak, base::WallTime now, int failed_jobs, int days) {
  return failed_jobs > 0 && streak.failed_jobs >= failed_jobs &&
         whole_days(streak.since, now) >= days;
}

}  // namespace

AutoDisable judge(const FailureStreak& streak, base::WallTime now, base::WallTime previous,
                  const AutoDisablePolicy& policy) {
  if (reached(streak, now, policy.failed_jobs, policy.days)) return AutoDisable::disable;
  if (!reached(streak, now, policy.failed_jobs_warning, policy.days_warning)) {
    return AutoDisable::nothing;
  }
  const FailureStreak before{streak.failed_jobs - 1, streak.since};
  const bool warned = reached(before, previous, policy.failed_jobs_warning, policy.days_warning);
  return warned ? AutoDisable::nothing : AutoDisable::warn;
}

std::string explain(const FailureStreak& streak, base::WallTime now) {
  return fmt::format("{} jobs in a row have failed, none has succeeded for {} days",
                     streak.failed_jobs, whole_days(streak.since, now));
}

}  // namespace wharf::job
