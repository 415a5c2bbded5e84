#include "job/job.h"

namespace wharf::job {

std::string_view name_of(JobStatus status) {
  switch (status) {
    case JobStatus::pending:
      return "pending";
    case JobStatus::running:
      return "running";
    case JobStatus::incomplete:
      return "incomplete";
    case JobStatus::succeeded:
      return "succeeded";
    case JobStatus::failed:
      return "failed";
    case JobStatus::cancelled:
      return "cancelled";
  }
  return "pending";
}

JobStatus job_status_named(std::string_view name) {
  for (auto status : {JobStatus::pending, JobStatus::running, JobStatus::incomplete,
                      JobStatus::succeeded, JobStatus::failed}) {
    if (name == name_of(status)) return status;
  }
  return JobStatus::cancelled;
}

bool is_terminal(JobStatus status) {
  return status == JobStatus::succeeded || status == JobStatus::failed ||
         status == JobStatus::cancelled;
}

std::string_view name_of(JobKind kind) {
  return kind == JobKind::sync ? "sync" : "clear";
}

std::string_view name_of(Trigger trigger) {
  return trigger == Trigger::manual ? "manual" : "scheduled";
}

std::string_view name_of(AttemptStatus status) {
  switch (status) {
    case AttemptStatus::running:
      return "running";
    case AttemptStatus::succeeded:
      return "succeeded";
    case AttemptStatus::failed:
      return "failed";
  }
  return "running";
}

}  // namespace wharf::job
