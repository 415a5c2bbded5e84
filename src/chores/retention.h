#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/log.h"
#include "database/database.h"

namespace wharf::chores {

/// How long things are kept.
struct Retention {
  std::chrono::milliseconds jobs = std::chrono::days(183);  ///< with all that belongs to them
  std::chrono::milliseconds events = std::chrono::days(549);
  std::chrono::milliseconds answers =
      std::chrono::days(183);  ///< what connectors said of themselves
};

/// What one pruning has removed.
struct Pruned {
  std::int64_t jobs = 0;
  std::int64_t deleted = 0;  ///< connections, sources and destinations
  std::int64_t events = 0;
  std::int64_t answers = 0;
  std::int64_t tokens = 0;
  std::int64_t workloads = 0;
  std::int64_t secrets = 0;  ///< that nothing referred to
};

/// Removes what is older: jobs that have ended, with their attempts, statistics and logs, but never
/// the newest one of a connection that is there; what somebody deleted then, with all its jobs;
/// events; answers; tokens that have expired; workloads of the queue a week after their end; and
/// secrets that nothing refers to. In batches, so that no other writer waits long.
Pruned prune(database::Database& database, const std::filesystem::path& logs,
             const Retention& retention, base::WallTime now);

/// Gives space that is free inside the store's file back to the disk, and keeps its write-ahead log
/// short.
void tidy_store(database::Database& database, const std::filesystem::path& file);

}  // namespace wharf::chores
