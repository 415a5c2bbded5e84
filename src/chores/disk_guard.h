#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"

namespace wharf::chores {

/// Of a file system, for whoever is not root.
struct DiskSpace {
  std::uint64_t free = 0;
  std::uint64_t total = 0;
};
/// Of the one that the path lies on; none if it cannot be asked.
std::optional<DiskSpace> space_of(const std::filesystem::path& path);

/// Whether syncs wait. Once they do, there must be a quarter more than the least before they go on:
/// otherwise every row that is freed would start one that fills it again. Pure.
bool syncs_wait(bool waited, std::uint64_t free, std::uint64_t least);

/// Keeps a disk from filling up: while there is less free than the least, no new sync begins. What
/// runs goes on. Any thread may ask; one thread looks.
class DiskGuard {
 public:
  struct Hold {
    std::string reason;  ///< for people: how much is free, how much must be
    base::WallTime since;
  };
  using Probe = std::function<std::optional<DiskSpace>(const std::filesystem::path&)>;

  /// `least` 0: never waits. `released`: called when syncs may go on.
  DiskGuard(std::filesystem::path path, std::uint64_t least, const base::Clock& clock,
            base::Log& log, Probe probe = space_of);

  /// Looks how things stand. True: syncs may go on that had to wait.
  bool look();

  bool may_start() const { return !hold().has_value(); }
  std::optional<Hold> hold() const;
  std::uint64_t least() const { return least_; }

 private:
  const std::filesystem::path path_;
  const std::uint64_t least_;
  const base::Clock& clock_;
  base::Log& log_;
  const Probe probe_;
  base::Guarded<std::optional<Hold>> hold_;
};

}  // namespace wharf::chores
