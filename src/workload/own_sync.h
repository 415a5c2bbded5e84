#pragma once
// An attempt of this daemon's own in the workload queue: there for those who look at the queue, and
// may cancel it. It is claimed as it is made, so nobody else is given it.

#include <base/ids.h>
#include <sqlite/transaction.h>
#include <workload/queued_workload.h>

#include <optional>
#include <string>

namespace wharf::workload::own_sync {

/// In the transaction that opens the attempt. Named `<connection>_<job>_<attempt>_sync`, as
/// elsewhere; keeps that name if the job is given another number.
void claimed(sqlite::Transaction& transaction, const base::ConnectionId& connection,
             const base::AttemptId& attempt, base::WallTime now);

/// `running`: a connector stands; else how it ended, and why. Nothing happens if it has ended
/// already: somebody has cancelled it.
void told(sqlite::Transaction& transaction, const base::ConnectionId& connection, Tidings tidings,
          std::optional<std::string> reason, base::WallTime now);

/// What was at work in an earlier life of this daemon has failed with it.
void interrupted(sqlite::Transaction& transaction, base::WallTime now);

/// Whose attempt it is; none: it is not one of ours, and somebody else's launcher speaks for it.
std::optional<base::ConnectionId> connection_of(const WorkloadWish& wish);

}  // namespace wharf::workload::own_sync
