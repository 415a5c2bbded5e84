#pragma once

#include "api/connectors.h"
#include "base/clock.h"
#include "base/ids.h"
#include "connection/references.h"
#include "database/database.h"
#include "schedule/time_zone.h"
#include "secret/vault.h"

#include <atomic>
#include <functional>

namespace wharf::api {

/// What the resources' handlers work with; borrowed, for longer than the server lives. Any thread.
struct Services {
  database::Database& database;
  const base::Clock& clock;
  schedule::TimeZone default_zone;      ///< of crons that name none
  std::function<void()> jobs_enqueued;  ///< somebody should look at the queue
  const std::atomic<bool>& closing;     ///< the doors close: who waits for something answers now
  const secret::Vault& vault;
  Connectors connectors;
  /// A connection was added, changed or deleted: when it runs next is another matter now.
  std::function<void(const base::ConnectionId&)> connection_changed;
  connection::Environment environment;  ///< of the host, for what is declared
  /// Somebody outside has added that workload, or told how it goes.
  std::function<void(const std::string& workload)> workload_changed;
};

}  // namespace wharf::api
