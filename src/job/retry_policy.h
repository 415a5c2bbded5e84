#pragma once
// How often, how long (sync-semantics 5.6). Pure.

#include <wharf/error.h>

#include <chrono>
#include <optional>

#include "job/job.h"

namespace wharf::job {

struct RetryPolicy {
  int complete_successive_max = 5;
  int complete_total_max = 10;
  int partial_successive_max = 1000;
  int partial_total_max = 20;
  int restarts_max = 5;  ///< in a row without progress; from then on the normal rules apply
  std::chrono::seconds backoff_first{10};
  int backoff_base = 3;
  std::chrono::seconds backoff_max{1800};
  /// False: nothing is tried again by itself. A job that did not succeed, whatever ended it, stays
  /// incomplete and waits to be asked, its catalog frozen. `wharf sync` works like that.
  bool by_itself = true;
};

/// Why an attempt did not succeed, as far as trying again goes.
struct AttemptFailed {
  bool progress = false;      ///< it committed or rejected at least one row
  bool config_error = false;  ///< its first failure: trying again will not help
  bool by_restart = false;    ///< ended by our own crash, stop or upgrade
};

/// The counters with this failure counted.
RetryCounters count(const RetryPolicy& policy, RetryCounters counters, const AttemptFailed& failed);

/// How long to wait before the next attempt; none: do not try again by itself. `counters` have the
/// failure counted.
std::optional<std::chrono::seconds> next_delay(const RetryPolicy& policy,
                                               const RetryCounters& counters,
                                               const AttemptFailed& failed);

/// Whether an error is of the kind that a second try may not have.
bool is_retryable(ErrorCode code);

}  // namespace wharf::job
