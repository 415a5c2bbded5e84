#include "job/job_queue.h"

namespace wharf::job {

using sqlite::Transaction;

Result<base::JobId> JobQueue::enqueue(const Wish& wish) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::enqueue(tx, wish, clock_.wall()); });
}

Result<base::JobId> JobQueue::enqueue_or_resume(const Wish& wish) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::enqueue_or_resume(tx, wish, clock_.wall()); });
}

std::optional<ClaimedJob> JobQueue::claim_due(const Also& also) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::claim_due(tx, clock_.wall(), also); });
}

Result<ClaimedJob> JobQueue::claim(base::JobId job, const Also& also) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::claim(tx, job, clock_.wall(), also); });
}

base::AttemptId JobQueue::settle(const base::AttemptId& attempt,
                                 const checkpoint::StartPlan& plan) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::settle(tx, attempt, plan, clock_.wall()); });
}

Result<Job> JobQueue::finish(const base::AttemptId& attempt, const AttemptEnd& end) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::finish(tx, attempt, end, policy_, clock_.wall()); });
}

Result<void> JobQueue::cancel(base::JobId job, std::string_view cause) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::cancel(tx, job, cause, clock_.wall()); });
}

std::vector<base::AttemptId> JobQueue::recover(const job_steps::Explain& explain) {
  return database_.write(
      [&](Transaction& tx) { return job_steps::recover(tx, policy_, clock_.wall(), explain); });
}

}  // namespace wharf::job
