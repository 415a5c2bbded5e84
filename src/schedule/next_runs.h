#pragma once
// When connections run next, in the store.

#include "base/clock.h"
#include "base/ids.h"
#include "schedule/time_zone.h"
#include "sqlite/transaction.h"

#include <optional>

namespace wharf::schedule {

/// The daemon's part of what a next run depends on.
struct Watch {
  TimeZone default_zone;  ///< for crons that name none
  base::WallTime since;   ///< the daemon has watched the clock since then
};

/// Works out when a connection runs next and stores it; nothing while a job of it has not ended.
/// A schedule that cannot be read (made by a later version) is never due.
std::optional<base::WallTime> renew_next_run(sqlite::Transaction& transaction,
                                             const base::ConnectionId& connection,
                                             const Watch& watch, base::WallTime now);

}  // namespace wharf::schedule
