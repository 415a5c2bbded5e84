#pragma once

#include "database/database.h"
#include "job/job_steps.h"

namespace wharf::job {

/// The durable queue of jobs. Holds nothing in memory: a crash loses nothing. Any thread may call
/// it but the engine's, which must not wait: that one hands `job_steps` to `database.write_then`.
/// What each verb does is said there.
class JobQueue {
 public:
  JobQueue(database::Database& database, const base::Clock& clock, RetryPolicy policy = {})
      : database_(database), clock_(clock), policy_(policy) {}

  Result<base::JobId> enqueue(const Wish& wish);
  Result<base::JobId> enqueue_or_resume(const Wish& wish);
  std::optional<ClaimedJob> claim_due(const Also& also = {});
  Result<ClaimedJob> claim(base::JobId job, const Also& also = {});
  base::AttemptId settle(const base::AttemptId& attempt, const checkpoint::StartPlan& plan);
  Result<Job> finish(const base::AttemptId& attempt, const AttemptEnd& end);
  Result<void> cancel(base::JobId job, std::string_view cause);
  std::vector<base::AttemptId> recover(const job_steps::Explain& explain);

 private:
  database::Database& database_;
  const base::Clock& clock_;
  const RetryPolicy policy_;
};

}  // namespace wharf::job
