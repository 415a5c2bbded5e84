#pragma once
// SQL of job, attempt and job_change.

#include <optional>
#include <string_view>
#include <vector>

#include "job/job.h"
#include "sqlite/transaction.h"

namespace wharf::job {

/// A line of a job's history: what it became, when, and why.
struct JobChange {
  std::optional<std::int64_t> attempt;
  std::string status;
  std::string cause;
  base::WallTime at;
};

namespace job_table {

/// Adds a pending job that may run at once, or one that is as `status` says; under a number that
/// was kept for it, if there is one. Throws SqliteError (constraint) if the connection has an
/// active one.
base::JobId insert(sqlite::Transaction& transaction, const base::ConnectionId& connection,
                   Trigger trigger, const JobConfig& config, JobKind kind, base::WallTime now,
                   std::optional<base::JobId> number = {}, JobStatus status = JobStatus::pending);
/// Adds a pending job (a clear, where one is asked for), with a line of its history, for every
/// active connection whose next run has come and that has no active job. How many: a thousand may
/// be due in the same second.
std::int64_t insert_due(sqlite::Transaction& transaction, base::WallTime now);
/// Stores status, retry counters and next try.
void update(sqlite::Transaction& transaction, const Job& job, base::WallTime now);
/// Gives the job a number of at least `least`, above all numbers so far; its rows go along.
base::JobId renumber(sqlite::Transaction& transaction, base::JobId job, base::JobId least);
/// Somebody wants the job cancelled.
void ask_cancel(sqlite::Transaction& transaction, base::JobId job, base::WallTime now);
/// Whose running jobs somebody wants cancelled.
std::vector<base::ConnectionId> cancelling(sqlite::Connection& connection);
void mark_settled(sqlite::Transaction& transaction, base::JobId job);

std::optional<Job> get(sqlite::Connection& connection, base::JobId id);
/// The connection's job that has not ended, if there is one.
std::optional<Job> active(sqlite::Connection& connection, const base::ConnectionId& id);
/// Waiting jobs are due no more: each waits to be asked for.
void let_waiting_wait(sqlite::Transaction& transaction);
/// The waiting job that is due and has waited longest.
std::optional<Job> due(sqlite::Connection& connection, base::WallTime now);
std::vector<Job> with_status(sqlite::Connection& connection, JobStatus status);

void insert_attempt(sqlite::Transaction& transaction, const base::AttemptId& id,
                    base::WallTime now);
void end_attempt(sqlite::Transaction& transaction, const base::AttemptId& id, AttemptStatus status,
                 const std::optional<protocol::JsonText>& failures, base::WallTime now);
void describe_attempt(sqlite::Transaction& transaction, const base::AttemptId& id,
                      std::string_view mode, std::string_view log_path);
std::optional<Attempt> attempt(sqlite::Connection& connection, const base::AttemptId& id);
std::vector<Attempt> attempts(sqlite::Connection& connection, base::JobId job);

/// Of the newest job that the schedule made, however it ended.
struct Firing {
  base::WallTime created;
  std::optional<base::WallTime> started;
};
/// Of the jobs that have ended.
std::optional<Firing> newest_firing(sqlite::Connection& connection, const base::ConnectionId& id);
/// When the connection's newest job ended that has.
std::optional<base::WallTime> newest_end(sqlite::Connection& connection,
                                         const base::ConnectionId& id);

/// How the connection's sync before this job ended, or stands; none: it is the first.
std::optional<JobStatus> sync_before(sqlite::Connection& connection, const Job& job);

/// Whether the attempt committed or rejected a row, as far as the store knows.
bool has_progress(sqlite::Connection& connection, const base::AttemptId& id);

void note(sqlite::Transaction& transaction, base::JobId job, std::optional<std::int64_t> attempt,
          std::string_view status, std::string_view cause, base::WallTime now);
std::vector<JobChange> history(sqlite::Connection& connection, base::JobId job);

}  // namespace job_table
}  // namespace wharf::job
