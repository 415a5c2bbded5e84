#pragma once
// Legal moves of a job (sync-semantics 5.2). Pure.

#include <optional>
#include <variant>

#include "job/retry_policy.h"

namespace wharf::job {

struct AttemptStarted {};
struct AttemptSucceeded {};
// AttemptFailed: see retry_policy.h
struct Cancelled {};
/// Somebody asks for it now: a waiting job may be tried at once.
struct Asked {};

using JobEvent = std::variant<AttemptStarted, AttemptSucceeded, AttemptFailed, Cancelled, Asked>;

/// What a job is after an event.
struct JobStep {
  JobStatus status = JobStatus::pending;
  RetryCounters retries;
  std::optional<base::WallTime> next_try;  ///< set: not before this; none: as it was
};

/// A job that is waiting for nothing but to be asked.
inline constexpr base::WallTime kWhenAsked = base::WallTime::max();

/// The next step, or `conflict` for a move that is not legal. An event on a job that has ended
/// changes nothing.
Result<JobStep> step(const Job& job, const JobEvent& event, const RetryPolicy& policy,
                     base::WallTime now);

}  // namespace wharf::job
