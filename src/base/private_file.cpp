#include "base/private_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace wharf::base {
namespace {

constexpr mode_t kGroupMayRead = S_IRGRP;
constexpr mode_t kGroupMayLook = S_IRGRP | S_IXGRP;

Result<struct stat> look_at(const std::filesystem::path& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) == 0) return found;
  return Error{ErrorCode::environment,
               "cannot look at " + path.string() + ": " + std::strerror(errno)};
}

bool others_have(const struct stat& found, mode_t allowed) {
  return (found.st_mode & (S_IRWXG | S_IRWXO) & ~allowed) != 0;
}

Error refusal(const std::filesystem::path& path, const char* what, const char* mode) {
  return Error{ErrorCode::environment, path.string() + " can be " + what +
                                           " by others; make it private with: chmod " + mode + " " +
                                           path.string()};
}

}  // namespace

Result<void> require_private_file(const std::filesystem::path& file) {
  const auto found = look_at(file);
  if (!found) return found.error();
  const bool roots = found->st_uid == 0 && ::geteuid() != 0;
  if (!others_have(*found, roots ? kGroupMayRead : 0)) return {};
  return refusal(file, "read", roots ? "640" : "600");
}

Result<void> require_private_directory(const std::filesystem::path& directory) {
  const auto found = look_at(directory);
  if (!found) return found.error();
  if (!others_have(*found, kGroupMayLook)) return {};
  return refusal(directory, "entered or changed", "700");
}

Result<void> require_unwritable_by_others(const std::filesystem::path& file) {
  const auto found = look_at(file);
  if (!found) return found.error();
  if ((found->st_mode & S_IWOTH) == 0) return {};
  return refusal(file, "changed", "o-w");
}

}  // namespace wharf::base
