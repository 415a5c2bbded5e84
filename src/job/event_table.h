#pragma once
// SQL of event: what an operator may want to know of later.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "sqlite/transaction.h"

namespace wharf::job {

/// `connection_disabled`, `connection_disable_warning`, which are added here; and the timeline,
/// which the store's triggers write (0013_timeline.sql): `SYNC_STARTED`, `CLEAR_FAILED`,
/// `CONNECTION_ENABLED`, …
struct Event {
  std::string kind;
  std::optional<base::ConnectionId> connection;
  std::optional<base::JobId> job;
  std::string detail;
  base::WallTime at;
};

namespace event_table {

void add(sqlite::Transaction& transaction, const Event& event);
/// Newest first.
std::vector<Event> newest(sqlite::Connection& connection, std::int64_t most);

}  // namespace event_table
}  // namespace wharf::job
