#include "job/job_machine.h"

#include <fmt/format.h>

namespace wharf::job {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

Error illegal(const Job& job, std::string_view wanted) {
  return {ErrorCode::conflict,
          fmt::format("job {} is {}: it cannot {}", job.id.value, name_of(job.status), wanted)};
}

JobStep to(const Job& job, JobStatus status) {
  return {status, job.retries, std::nullopt};
}

bool is_waiting(const Job& job) {
  return job.status == JobStatus::pending || job.status == JobStatus::incomplete;
}

JobStep after_failure(const Job& job, const AttemptFailed& failed, const RetryPolicy& policy,
                      base::WallTime now) {
  const auto retries = count(policy, job.retries, failed);
  if (!policy.by_itself) return {JobStatus::incomplete, retries, kWhenAsked};
  if (const auto delay = next_delay(policy, retries, failed))
    return {JobStatus::incomplete, retries, now + *delay};
  return {JobStatus::failed, retries, std::nullopt};
}

}  // namespace

Result<JobStep> step(const Job& job, const JobEvent& event, const RetryPolicy& policy,
                     base::WallTime now) {
  if (is_terminal(job.status)) return to(job, job.status);
  return std::visit(
      Overloaded{
          [&](const AttemptStarted&) -> Result<JobStep> {
            if (!is_waiting(job)) return illegal(job, "start another attempt");
            return to(job, JobStatus::running);
          },
          [&](const AttemptSucceeded&) -> Result<JobStep> {
            if (job.status != JobStatus::running) return illegal(job, "succeed without an attempt");
            return to(job, JobStatus::succeeded);
          },
          [&](const AttemptFailed& failed) -> Result<JobStep> {
            if (job.status != JobStatus::running) return illegal(job, "fail without an attempt");
            return after_failure(job, failed, policy, now);
          },
          [&](const Cancelled&) -> Result<JobStep> { return to(job, JobStatus::cancelled); },
          [&](const Asked&) -> Result<JobStep> {
            if (!is_waiting(job)) return illegal(job, "be started now");
            return JobStep{job.status, job.retries, now};
          },
      },
      event);
}

}  // namespace wharf::job
