#pragma once

#include "job/auto_disable_step.h"
#include "job/job_steps.h"
#include "replication/attempt_services.h"

#include <boost/asio/awaitable.hpp>

namespace wharf::replication {

/// What a job does when an attempt of it has ended.
struct JobEndRules {
  job::RetryPolicy retries;
  job::AutoDisablePolicy auto_disable;
};

/// Writes into the store, in one transaction, that an attempt has ended: its job goes on or has
/// ended as well, the queue of workloads is told, and a connection that only fails is given up,
/// which the log says. Gives the job as it is now. Fails with `conflict` if the attempt is not
/// running; throws if the store does not take it.
boost::asio::awaitable<Result<job::Job>> record_job_end(const AttemptServices& services,
                                                        const base::AttemptId& attempt,
                                                        const job::AttemptEnd& end,
                                                        const JobEndRules& rules);

}  // namespace wharf::replication
