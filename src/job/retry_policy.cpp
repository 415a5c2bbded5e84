#include "job/retry_policy.h"

#include <algorithm>

namespace wharf::job {
namespace {

// A restart of our own is nobody's failure, unless it keeps happening and nothing comes of it.
bool is_excused(const RetryPolicy& policy, const RetryCounters& counters,
                const AttemptFailed& failed) {
  return failed.by_restart &&
         (failed.progress || counters.restarts_successive <= policy.restarts_max);
}

}  // namespace

RetryCounters count(const RetryPolicy& policy, RetryCounters counters,
                    const AttemptFailed& failed) {
  counters.restarts_successive =
      failed.by_restart && !failed.progress ? counters.restarts_successive + 1 : 0;
  if (is_excused(policy, counters, failed)) return counters;
  if (failed.progress) {
    ++counters.partial_successive;
    ++counters.partial_total;
    counters.complete_successive = 0;
  } else {
    ++counters.complete_successive;
    ++counters.complete_total;
    counters.partial_successive = 0;
  }
  return counters;
}

std::optional<std::chrono::seconds> next_delay(const RetryPolicy& policy,
                                               const RetryCounters& counters,
                                               const AttemptFailed& failed) {
  if (is_excused(policy, counters, failed)) return std::chrono::seconds{0};
  if (failed.config_error) return std::nullopt;
  if (counters.complete_successive >= policy.complete_successive_max ||
      counters.complete_total >= policy.complete_total_max ||
      counters.partial_successive >= policy.partial_successive_max ||
      counters.partial_total >= policy.partial_total_max)
    return std::nullopt;
  if (failed.progress) return std::chrono::seconds{0};
  auto delay = policy.backoff_first;
  for (int n = 1; n < counters.complete_successive && delay < policy.backoff_max; ++n)
    delay *= policy.backoff_base;
  return std::min(delay, policy.backoff_max);
}

bool is_retryable(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_config:
    case ErrorCode::not_found:
    case ErrorCode::data_foreign:
    case ErrorCode::cancelled:
      return false;
    case ErrorCode::conflict:
    case ErrorCode::connector_failed:
    case ErrorCode::protocol_violation:
    case ErrorCode::timed_out:
    case ErrorCode::environment:
    case ErrorCode::internal:
      return true;
  }
  return true;
}

}  // namespace wharf::job
