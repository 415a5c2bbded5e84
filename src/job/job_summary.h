#pragma once
// Jobs as they are shown: with what all their attempts have committed.

#include "job/job.h"
#include "sqlite/transaction.h"

#include <optional>
#include <string>
#include <vector>

namespace wharf::job {

struct JobSummary {
  base::JobId id;
  base::ConnectionId connection;
  JobStatus status = JobStatus::pending;
  JobKind kind = JobKind::sync;
  base::WallTime created;
  base::WallTime updated;  ///< its last change, or that of an attempt
  std::int64_t records_committed = 0;
  std::int64_t bytes_committed = 0;
};

/// A stretch of time; its ends, where there are any, belong to it.
struct TimeSpan {
  std::optional<base::WallTime> from;
  std::optional<base::WallTime> to;
  bool is_bounded() const { return from || to; }
};

/// Which jobs, in which order.
struct JobFilter {
  std::optional<base::ConnectionId> connection;
  std::string status;  ///< empty: any
  std::optional<JobKind> kind;
  TimeSpan created;
  TimeSpan updated;
  std::optional<std::string> workspaces;  ///< a JSON list of their ids; none: any
  std::string usual_workspace;            ///< where connections stand that say none
  bool by_update = false;
  bool newest_first = false;
};

namespace job_summary {

/// Jobs, and clears that have a number and wait for a sync to end.
std::optional<JobSummary> get(sqlite::Connection& connection, base::JobId id);
std::vector<JobSummary> list(sqlite::Connection& connection, const JobFilter& filter,
                             std::int64_t most, std::int64_t offset);

}  // namespace job_summary
}  // namespace wharf::job
