#pragma once

#include <wharf/error.h>

#include <filesystem>

#include "base/unique_fd.h"

namespace wharf::database {

/// The one directory in which Wharf keeps what must last. Whoever holds this object is its only
/// user: `lock` is locked for the object's life and names the holder's pid.
class DataDirectory {
 public:
  /// Creates the directory (mode 0700, parents as the umask says) and locks it. Fails with
  /// `conflict`, naming the pid, if another process holds it; with `environment`, naming the path,
  /// if it cannot be created or written, or others can enter it.
  static Result<DataDirectory> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path database_file() const { return path_ / "wharf.db"; }
  std::filesystem::path logs() const { return path_ / "logs"; }  ///< exists, mode 0700

 private:
  DataDirectory(std::filesystem::path path, base::UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  base::UniqueFd lock_;
};

}  // namespace wharf::database
