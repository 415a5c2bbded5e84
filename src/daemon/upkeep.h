#pragma once

#include "chores/chores.h"
#include "chores/disk_guard.h"
#include "chores/log_keeper.h"
#include "daemon/core.h"
#include "daemon/settings.h"

#include <functional>
#include <memory>

namespace wharf::daemon {

/// Removes what is left of containers. It fails while their engine cannot be reached, and has
/// nothing to do, with or without one, where no connector is an image.
inline constexpr const char* kContainersChore = "containers";

/// The chores of a daemon: the guard of its disk, its logs, what is too old, its backups, abandoned
/// containers.
class Upkeep {
 public:
  /// Looks at the disk once. The core outlives what runs here, up to stop(). `released`: called,
  /// from the thread of the chores, when syncs that had to wait may go on.
  Upkeep(Core& core, const Settings& settings, std::function<void()> released);

  void begin() { chores_->begin(); }
  /// Waits for the chore that runs. From now on only the guard's word stands.
  void stop() { chores_.reset(); }

  /// How often each chore was done. Before stop().
  std::map<std::string, chores::ChoreCount> counts() const { return chores_->counts(); }
  /// Whether a sync may begin. Any thread.
  bool may_start() const { return guard_.may_start(); }
  std::optional<chores::DiskGuard::Hold> hold() const { return guard_.hold(); }

 private:
  std::vector<chores::Chore> all(Core& core, const Settings& settings,
                                 std::function<void()> released);

  chores::DiskGuard guard_;
  chores::LogKeeper logs_;
  std::unique_ptr<chores::Chores> chores_;
};

}  // namespace wharf::daemon
