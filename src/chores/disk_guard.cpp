#include "chores/disk_guard.h"

#include <sys/statvfs.h>

#include "base/quantity.h"

#include <fmt/format.h>

namespace wharf::chores {

std::optional<DiskSpace> space_of(const std::filesystem::path& path) {
  struct statvfs found{};
  if (::statvfs(path.c_str(), &found) != 0) return std::nullopt;
  const std::uint64_t unit = found.f_frsize;
  return DiskSpace{found.f_bavail * unit, found.f_blocks * unit};
}

bool syncs_wait(bool waited, std::uint64_t free, std::uint64_t least) {
  return free < (waited ? least + least / 4 : least);
}

DiskGuard::DiskGuard(std::filesystem::path path, std::uint64_t least, const base::Clock& clock,
                     base::Log& log, Probe probe)
    : path_(std::move(path)), least_(least), clock_(clock), log_(log), probe_(std::move(probe)) {}

std::optional<DiskGuard::Hold> DiskGuard::hold() const {
  return hold_.with([](const auto& hold) { return hold; });
}

bool DiskGuard::look() {
  const auto space = probe_(path_);
  if (!space) return false;  // nothing is known: it stays as it is
  const auto before = hold();
  const bool waits = syncs_wait(before.has_value(), space->free, least_);
  if (waits) {
    auto reason =
        fmt::format("the disk of {} has {} left, less than disk.minimum_free ({})", path_.string(),
                    base::bytes_text(space->free), base::bytes_text(least_));
    if (!before) log_.warn("new syncs wait until there is space again", {{"why", reason}});
    const auto since = before ? before->since : clock_.wall();
    hold_.with([&](auto& hold) { hold = Hold{std::move(reason), since}; });
    return false;
  }
  if (!before) return false;
  hold_.with([](auto& hold) { hold.reset(); });
  log_.info("there is space again: syncs go on", {{"free", base::bytes_text(space->free)}});
  return true;
}

}  // namespace wharf::chores
