#include "replication/outcome.h"

#include "base/text.h"

namespace wharf::replication {

using bookkeeper::FailureType;
using Verdict = Outcome::Verdict;

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::succeeded:
      return "succeeded";
    case Verdict::failed:
      return "failed";
    case Verdict::stopped:
      return "stopped";
    case Verdict::cancelled:
      return "cancelled";
  }
  return "failed";
}

namespace {

bookkeeper::FailureReason cancellation(StopCause cause, base::WallTime now) {
  bookkeeper::FailureReason reason;
  reason.origin = bookkeeper::FailureOrigin::platform;
  reason.type = FailureType::manual_cancellation;
  reason.external = "This attempt was cancelled";
  reason.internal = cause == StopCause::inactive ? "its connection is inactive"
                                                 : "its job was cancelled while it ran";
  reason.at = now;
  return reason;
}

}  // namespace

void mask(AttemptFacts& facts, std::span<const std::string> secrets) {
  const auto hide = [&](std::string& text) { text = base::redact(text, secrets); };
  for (auto& failure : facts.failures) hide(failure.message);
  for (auto& observed : facts.traces) {
    hide(observed.trace.message);
    hide(observed.trace.internal_message);
    hide(observed.trace.stack_trace);
  }
}

Outcome conclude(AttemptFacts& facts) {
  if (facts.books.failure) facts.failures.push_back(*facts.books.failure);
  std::vector<bookkeeper::ObservedError> errors;
  for (const auto& failure : facts.failures) {
    // Who was told to stop says so; why it was told is said below.
    if (facts.stopped && failure.code == ErrorCode::cancelled) continue;
    errors.push_back(bookkeeper::observed(failure, facts.now));
  }
  Outcome outcome;
  outcome.reasons = bookkeeper::failure_reasons(std::move(facts.traces), std::move(errors));
  if (facts.stopped == StopCause::shutdown) {
    outcome.verdict = Verdict::stopped;
    outcome.reasons.insert(outcome.reasons.begin(), bookkeeper::ended_with_wharf(facts.now));
  } else if (facts.stopped) {
    outcome.verdict = Verdict::cancelled;
    outcome.reasons.insert(outcome.reasons.begin(), cancellation(*facts.stopped, facts.now));
  } else if (facts.failures.empty()) {
    outcome.verdict = Verdict::succeeded;
  }
  const auto& total = facts.books.total;
  outcome.partial =
      outcome.verdict != Verdict::succeeded && (total.committed.rows > 0 || total.rejected > 0);
  return outcome;
}

job::AttemptEnd attempt_end(const Outcome& outcome, const base::AttemptId& attempt) {
  using How = job::AttemptEnd::How;
  job::AttemptEnd end;
  const auto* cause = outcome.reasons.empty() ? nullptr : &outcome.reasons.front();
  switch (outcome.verdict) {
    case Verdict::succeeded:
      end.how = How::succeeded;
      end.cause = "done";
      return end;
    // A stopped sync is the same job's next attempt: what it confirmed stays.
    case Verdict::stopped:
      end.how = How::failed;
      end.failed = {.progress = outcome.partial, .config_error = false, .by_restart = true};
      end.cause = "stopped";
      break;
    case Verdict::cancelled:
      end.how = How::cancelled;
      end.cause = cause == nullptr ? "cancelled" : cause->internal;
      break;
    case Verdict::failed:
      end.how = How::failed;
      end.failed = {.progress = outcome.partial,
                    .config_error = cause != nullptr && cause->type == FailureType::config_error,
                    .by_restart = false};
      end.cause = cause == nullptr ? "failed" : cause->external;
      break;
  }
  end.failures = bookkeeper::to_json(outcome.reasons, attempt, outcome.partial);
  return end;
}

}  // namespace wharf::replication
