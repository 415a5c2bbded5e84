#pragma once

#include "job/auto_disable.h"
#include "job/job.h"
#include "sqlite/transaction.h"

namespace wharf::job {

/// After a job has ended, in the transaction of its end: a connection that has only failed for long
/// gets a warning once, then becomes inactive, with its reason and an event. Gives what was done.
/// One that is inactive already is left alone; after a connection has been given up and made active
/// again its count begins anew.
AutoDisable disable_if_hopeless(sqlite::Transaction& transaction, const Job& job,
                                const AutoDisablePolicy& policy, base::WallTime now);

}  // namespace wharf::job
