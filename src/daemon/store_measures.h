#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "metrics/exposition.h"
#include "sqlite/connection.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wharf::daemon {

/// How a connection stands.
struct ConnectionStand {
  std::string name;
  bool enabled = false;
  std::optional<base::WallTime> next_run;
  std::optional<base::WallTime> last_success;
  std::int64_t failures_in_a_row = 0;  ///< jobs that have failed since
};

struct JobsStand {
  std::int64_t count = 0;
  std::optional<base::WallTime> oldest;
};

struct CheckpointStand {
  base::ConnectionId connection;
  std::string space;  ///< its namespace
  std::string stream;
  base::WallTime at;
};

/// What the store says of how things stand, in one view of it.
struct StoreStand {
  std::map<base::ConnectionId, ConnectionStand> connections;
  std::map<std::string, JobsStand> pending;  ///< by kind: not begun, or waiting for a next try
  std::map<std::string, JobsStand> running;
  std::map<std::string, std::int64_t> queued;  ///< workloads nobody has claimed, by priority
  std::vector<CheckpointStand> checkpoints;
};
StoreStand read_stand(sqlite::Connection& store);

void add_stand(metrics::Exposition& exposition, const StoreStand& stand, base::WallTime now);

}  // namespace wharf::daemon
