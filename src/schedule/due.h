#pragma once

#include "base/clock.h"
#include "schedule/schedule.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace wharf::schedule {

/// The latest job that the schedule itself has made, however it ended: cancelled ones count. Jobs
/// that somebody asked for do not, so that they move no schedule.
struct PreviousJob {
  base::WallTime created_at;
  std::optional<base::WallTime> started_at;
};

/// What the next run of a connection depends on, beside its schedule. To be asked while none of its
/// jobs is live.
struct Facts {
  bool active = true;  ///< an inactive connection runs when it is told to
  std::optional<PreviousJob> previous = {};
  /// From when on firings of a cron count: since it was first deployed, its schedule was changed or
  /// it was made active again. So a cron never fires because it is new.
  base::WallTime since = {};
  /// When the last job of the connection ended, of whatever kind: firings that passed while it ran
  /// are no missed ones, they are left out (a connection has one job at a time).
  std::optional<base::WallTime> idle_since = {};
  /// Since when the daemon has watched the clock without a break. What fires later is never missed,
  /// however late it is noticed: a clock that is set ahead loses nothing, whatever the policy.
  base::WallTime watched_since = {};
};

/// When a connection runs next by itself; nothing: never. An instant that has passed means now; it
/// stands for all that was due until now, and says who has waited longest.
///
///   - basic: the previous job's creation + the interval, counted in real time; none before: now.
///   - cron: the first firing after `since`, the end of the last job, and the previous job's start
///     (else its creation) + 60 s.
///   - Firings before `watched_since` (by more than a minute: a restart is no outage) were missed.
///     `once` makes them one run, at once; `skip` leaves them out. With a basic schedule `skip`
///     goes on in whole intervals.
///   - A clock set back neither doubles nor loses a firing: what has been is counted from the
///     previous job, and comes after it. Records that lie more than a day ahead of `now` were
///     written by a clock that was wrong, and count as if they were not there.
///   - With jitter a firing is moved by up to 2, 5, 15 or 25 minutes if its distance to the one
///     after it is up to 90, 150, 390 or more minutes, and not at all if that is up to 5: a cron's
///     later only, a basic's by up to half of it to either side. `seed` (of the connection) and the
///     firing decide by how much: always by the same.
///
/// Pure. `default_zone` is for crons that name none.
std::optional<base::WallTime> next_run(const Schedule& schedule, const Facts& facts,
                                       base::WallTime now, const TimeZone& default_zone,
                                       std::uint64_t seed = 0);

}  // namespace wharf::schedule
