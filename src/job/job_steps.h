#pragma once
// What the queue does, each in one transaction: for callers that are inside a write, or that hand
// it to `database.write_then`.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/start_state.h"
#include "connection/connection.h"
#include "job/job_machine.h"
#include "sqlite/transaction.h"

namespace wharf::job {

/// A wish to sync a connection once.
struct Wish {
  base::ConnectionId connection;
  Trigger trigger = Trigger::manual;
  JobConfig config;
};

/// What a connection of the store is to do when it runs.
Wish wish_of(const connection::Connection& connection, Trigger trigger);

/// A job whose attempt has just been opened, with the numbers that the attempt goes by.
struct ClaimedJob {
  Job job;
  base::AttemptId attempt;
  std::vector<checkpoint::Counters> counters;  ///< in the order of the job's catalog
  checkpoint::Counters global;
};

/// How an attempt ended.
struct AttemptEnd {
  enum class How { succeeded, failed, cancelled };
  How how = How::failed;
  AttemptFailed failed;                        ///< for `failed`
  std::string cause;                           ///< a line for the job's history
  std::optional<protocol::JsonText> failures;  ///< the attempt's failure summary
};

/// Written in the same transaction as a new attempt: its workloads.
using Also = std::function<void(sqlite::Transaction&, const ClaimedJob&)>;

namespace job_steps {

/// Adds a job: a clear, if one is asked for, else a sync. Fails with `conflict`, naming the active
/// one, if the connection has one.
Result<base::JobId> enqueue(sqlite::Transaction& transaction, const Wish& wish, base::WallTime now);

/// A job for every active connection whose next run has come, but for those that have one already:
/// none overlaps. The next run of all of them is open until that job has ended. How many were made.
std::int64_t enqueue_due(sqlite::Transaction& transaction, base::WallTime now);

/// As `wharf sync` wishes: a job of the connection that did not end goes on (its next attempt is
/// due now) if the declaration is the same; a changed declaration ends it as cancelled and adds a
/// new one. Fails with `conflict` if it is running.
Result<base::JobId> enqueue_or_resume(sqlite::Transaction& transaction, const Wish& wish,
                                      base::WallTime now);

/// Takes the job that is due and has waited longest, and opens its attempt: attempt, generations,
/// the states that go with them, and `also`. Nothing is due: none.
std::optional<ClaimedJob> claim_due(sqlite::Transaction& transaction, base::WallTime now,
                                    const Also& also);
/// The same for one job, due or not. Fails with `conflict` if it has ended or is running.
Result<ClaimedJob> claim(sqlite::Transaction& transaction, base::JobId job, base::WallTime now,
                         const Also& also);

/// Carries out a plan before any row moves: raises the counters (a job that must be raised gets a
/// new number: go by the id that comes back) and marks the job as accepted by its destination.
base::AttemptId settle(sqlite::Transaction& transaction, const base::AttemptId& attempt,
                       const checkpoint::StartPlan& plan, base::WallTime now);

/// Ends a running attempt and moves its job on. Gives the job as it is now. Fails with `conflict`
/// if the attempt is not running: a late result changes nothing.
Result<Job> finish(sqlite::Transaction& transaction, const base::AttemptId& attempt,
                   const AttemptEnd& end, const RetryPolicy& policy, base::WallTime now);

/// Somebody wants a job cancelled. One that waits is, at once; one that runs is when its attempt
/// has ended, which somebody has to see to (Dispatcher::ring); even if that succeeds, since who
/// asked has been told. Asking twice is asking once. Fails with `not_found`, and with `conflict` if
/// it has ended.
Result<Job> request_cancel(sqlite::Transaction& transaction, base::JobId job, base::WallTime now);

/// Somebody wants streams of a connection emptied: `catalog` has them as they are configured. The
/// clear's job; while a sync runs, that is cancelled, its end adds the job, and this is the number
/// that it is going to have (clear_request_table::waiting).
base::JobId request_clear(sqlite::Transaction& transaction, const base::ConnectionId& connection,
                          protocol::ConfiguredCatalog catalog, base::WallTime now);

/// Ends a waiting job as cancelled. A running one is cancelled by finishing its attempt.
Result<void> cancel(sqlite::Transaction& transaction, base::JobId job, std::string_view cause,
                    base::WallTime now);

/// The failure summary of an attempt that a restart has ended, and whether it had made progress.
using Explain = std::function<protocol::JsonText(const base::AttemptId&, bool progress)>;

/// At start, before anything is claimed: attempts that an earlier life left running are failed as
/// ended by a restart; their jobs go on. Gives those attempts. With a policy that tries nothing by
/// itself, every waiting job waits to be asked for.
std::vector<base::AttemptId> recover(sqlite::Transaction& transaction, const RetryPolicy& policy,
                                     base::WallTime now, const Explain& explain);

/// The numbers an attempt goes by, as they stand now; after `settle` gave new ones.
ClaimedJob load(sqlite::Connection& connection, const base::AttemptId& attempt);

}  // namespace job_steps
}  // namespace wharf::job
