#pragma once

#include "base/clock.h"
#include "database/database.h"
#include "schedule/time_zone.h"

#include <atomic>
#include <functional>

namespace wharf::api {

/// What the resources' handlers work with; borrowed, for longer than the server lives. Any thread.
struct Services {
  database::Database& database;
  const base::Clock& clock;
  schedule::TimeZone default_zone;      ///< of crons that name none
  std::function<void()> jobs_enqueued;  ///< somebody should look at the queue
  std::function<void()> workloads_created;  ///< somebody should look at the workload queue
  const std::atomic<bool>& closing;     ///< the doors close: who waits for something answers now
};

}  // namespace wharf::api
