#pragma once
// What the store keeps of an attempt's connectors: the table `workload`, for the sweep after a
// crash, and the attempt's place in the queue.

#include "replication/running_attempt.h"

#include <boost/asio/awaitable.hpp>
#include <vector>

namespace wharf::replication {

/// A connector has been started. To be written before it gets to work, so that a crash leaves no
/// unknown process or container. Throws if the store cannot take it.
boost::asio::awaitable<base::WorkloadId> record_start(const RunningAttempt& attempt, Side side,
                                                      launcher::ConnectorIdentity identity);

/// A connector that was recorded, and how it ended.
struct RecordedEnd {
  base::WorkloadId workload;
  process::ExitStatus status;
  std::optional<launcher::SeenImage> image;  ///< that it ran
};

/// They are gone. If the store cannot take it the log says so, and the next start finds them ended.
boost::asio::awaitable<void> record_ends(const AttemptServices& services,
                                         std::vector<RecordedEnd> ends);

}  // namespace wharf::replication
