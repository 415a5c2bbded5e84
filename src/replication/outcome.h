#pragma once

#include "bookkeeper/bookkeeper.h"
#include "bookkeeper/failure_reason.h"
#include "job/job_steps.h"
#include "replication/attempt_machine.h"

#include <wharf/error.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wharf::replication {

/// Why somebody ends an attempt.
enum class StopCause {
  shutdown,  ///< Wharf itself ends: the job goes on with its next start
  cancel,    ///< the job is not wanted any more
  inactive,  ///< its connection is not to run
};

/// What is known at the end of an attempt.
struct AttemptFacts {
  base::AttemptId attempt;
  std::vector<Error> failures;                    ///< in their order; from the machine
  std::vector<bookkeeper::ObservedTrace> traces;  ///< what the connectors said themselves
  std::optional<StopCause> stopped;
  std::vector<std::string> stderr_tail;  ///< of the side at fault
  bookkeeper::BookSummary books;
  base::WallTime now;
};

/// Takes the secrets out of everything that is said in them: connectors repeat what they were
/// given, and reasons are stored, logged and shown. Pure.
void mask(AttemptFacts& facts, std::span<const std::string> secrets);

/// What two exits and the books amount to.
struct Outcome {
  enum class Verdict { succeeded, failed, stopped, cancelled };
  Verdict verdict = Verdict::failed;
  std::vector<bookkeeper::FailureReason> reasons;  ///< the first is the cause
  bool partial = false;                            ///< failed, but some rows are committed
};
std::string_view name_of(Outcome::Verdict verdict);

/// Stopped or cancelled if that was asked for, failed if anything went wrong that is no mere trace,
/// else succeeded: ERROR traces alone fail nothing (data-plane 8). Pure.
Outcome conclude(AttemptFacts& facts);

/// The same as the job's queue takes it.
job::AttemptEnd attempt_end(const Outcome& outcome, const base::AttemptId& attempt);

}  // namespace wharf::replication
