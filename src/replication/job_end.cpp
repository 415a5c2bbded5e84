#include "replication/job_end.h"

#include "base/step.h"
#include "replication/await.h"
#include "workload/own_sync.h"

namespace wharf::replication {
namespace {

workload::Tidings tidings_of(job::AttemptEnd::How how) {
  switch (how) {
    case job::AttemptEnd::How::succeeded:
      return workload::Tidings::success;
    case job::AttemptEnd::How::cancelled:
      return workload::Tidings::cancelled;
    default:
      return workload::Tidings::failure;
  }
}

void say_hopeless(base::Log& log, const job::Job& job, job::AutoDisable verdict) {
  log.warn(verdict == job::AutoDisable::disable
               ? "connection is given up: it is inactive until somebody mends it"
               : "connection only fails: it is given up soon",
           {{"connection", job.connection.value}, {"job", job.id.value}});
}

}  // namespace

boost::asio::awaitable<Result<job::Job>> record_job_end(const AttemptServices& services,
                                                        const base::AttemptId& attempt,
                                                        const job::AttemptEnd& end,
                                                        const JobEndRules& rules) {
  const auto now = services.clock.wall();
  auto verdict = job::AutoDisable::nothing;
  auto store = [&](sqlite::Transaction& transaction) {
    auto job = job::job_steps::finish(transaction, attempt, end, rules.retries, now);
    if (job) {
      workload::own_sync::told(transaction, job->connection, tidings_of(end.how), end.cause, now);
      verdict = job::disable_if_hopeless(transaction, *job, rules.auto_disable, now);
    }
    return job;
  };
  auto job = co_await in_database(services.database, store);
  base::after_step("attempt_finished");
  if (job && verdict != job::AutoDisable::nothing) say_hopeless(services.log, *job, verdict);
  co_return job;
}

}  // namespace wharf::replication
