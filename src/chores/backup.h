#pragma once
// Copies of the store, and the way back.

#include <wharf/error.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "database/data_directory.h"

namespace wharf::chores {

/// What is in a copy.
struct BackupFacts {
  std::int64_t schema = 0;
  std::int64_t connections = 0;
  std::int64_t jobs = 0;
  std::int64_t checkpoints = 0;
};

/// Writes the store as it is at one moment, while it is being used: a new file of mode 0600 that
/// has been synced to disk, opened and checked before it gets its name. Fails with environment.
Result<BackupFacts> write_backup(const std::filesystem::path& store,
                                 const std::filesystem::path& to);

/// Opens a copy and checks it whole. Fails with invalid_argument: it is none, is damaged, or was
/// made by a newer version.
Result<BackupFacts> inspect_backup(const std::filesystem::path& file);

/// Puts a copy in the place of the store. What stood there is kept beside it, as
/// `wharf.db.replaced` and `logs.replaced` (of the last time). Whoever holds the directory knows
/// that nobody uses it.
Result<BackupFacts> restore_backup(const database::DataDirectory& directory,
                                   const std::filesystem::path& file);

/// `wharf-20261123T055542Z.db`: names sort by time.
std::string backup_name(base::WallTime time);
std::optional<base::WallTime> backup_time(std::string_view name);

struct BackupPlan {
  std::chrono::milliseconds every = std::chrono::hours(24);  ///< 0: none are made
  int keep = 7;
};

/// Whether another one is due. `times`: of those that are there; one of the future (the clock was
/// set back) counts only as long as it could be of the last interval. Pure.
bool backup_due(const std::vector<base::WallTime>& times, const BackupPlan& plan,
                base::WallTime now);
/// The names of those beyond the newest `keep`. Pure.
std::vector<std::string> backups_to_remove(std::vector<std::string> names, int keep);

/// Makes the backup that is due, if one is, and removes those beyond their number. The store itself
/// is checked whole before: a damaged one is not copied.
class BackupKeeper {
 public:
  BackupKeeper(std::filesystem::path store, std::filesystem::path directory,
               const base::Clock& clock, base::Log& log, BackupPlan plan)
      : store_(std::move(store)),
        directory_(std::move(directory)),
        clock_(clock),
        log_(log),
        plan_(plan) {}

  /// Throws Failure.
  void keep();
  /// When the newest was made.
  static std::optional<base::WallTime> newest(const std::filesystem::path& directory);

 private:
  const std::filesystem::path store_;
  const std::filesystem::path directory_;
  const base::Clock& clock_;
  base::Log& log_;
  const BackupPlan plan_;
};

}  // namespace wharf::chores
