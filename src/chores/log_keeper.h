#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>

#include "base/clock.h"
#include "base/log.h"
#include "bookkeeper/log_files.h"
#include "database/database.h"

namespace wharf::chores {

/// What logs of attempts may take.
struct LogQuota {
  std::uint64_t per_job = 64ull << 20;
  std::uint64_t total = 2ull << 30;
  std::chrono::milliseconds keep = std::chrono::days(90);
};

/// Which logs have to go: those older than `keep`; of a job those beyond its quota, of all those
/// beyond the total, oldest first. Those of `running` attempts count and stay. Pure.
std::set<base::AttemptId> logs_to_remove(std::span<const bookkeeper::StoredLog> logs,
                                         const std::set<base::AttemptId>& running,
                                         const LogQuota& quota, base::WallTime now);

/// Compresses the logs of attempts that have ended, and holds all of them to their quota. One
/// thread.
class LogKeeper {
 public:
  LogKeeper(database::Database& database, const base::Clock& clock, base::Log& log,
            std::filesystem::path logs, LogQuota quota)
      : database_(database),
        clock_(clock),
        log_(log),
        logs_(std::move(logs)),
        quota_(quota),
        compressed_until_(clock.wall()) {}

  /// Those whose attempts have ended since the last time, at first since this was made: cheap.
  void compress_ended();
  /// All that lie there.
  void sweep();

 private:
  std::set<base::AttemptId> running() const;
  void compress(const std::filesystem::path& log);

  /// An attempt's last words may come a moment after its end is stored.
  static constexpr std::chrono::seconds kLastWords{5};

  database::Database& database_;
  const base::Clock& clock_;
  base::Log& log_;
  const std::filesystem::path logs_;
  const LogQuota quota_;
  base::WallTime compressed_until_;
};

}  // namespace wharf::chores
