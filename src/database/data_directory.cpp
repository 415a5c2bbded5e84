#include "database/data_directory.h"

#include "base/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace wharf::database {
namespace {

Error cannot(std::string_view act, const std::filesystem::path& path, int number) {
  return {ErrorCode::environment,
          fmt::format("cannot {} {}: {}", act, path.string(), std::strerror(number))};
}

Result<void> make_private_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  const int number = errno;
  std::error_code ignored;  // what stands there instead is said by the error of mkdir
  if (number == EEXIST && std::filesystem::is_directory(path, ignored))
    return base::require_private_directory(path);
  return cannot("create directory", path, number);
}

std::string holder_of(int lock) {
  char text[32];
  const auto length = ::pread(lock, text, sizeof text, 0);
  std::string pid(text, length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid.empty() ? "unknown" : pid;
}

Result<void> write_pid(int lock, const std::filesystem::path& path) {
  const auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0 ||
      ::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return cannot("write", path, errno);
  return {};
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path) {
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed).lexically_normal();
  if (whole.has_parent_path()) std::filesystem::create_directories(whole.parent_path(), failed);
  if (auto made = make_private_directory(whole); !made) return made.error();

  const auto lock_path = whole / "lock";
  base::UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return cannot("open", lock_path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot("lock", lock_path, errno);
    return Error{ErrorCode::conflict,
                 fmt::format("the data directory {} is in use by another wharf (pid {}); wait for "
                             "it, or give this one another --data-dir",
                             whole.string(), holder_of(lock.get()))};
  }
  if (auto written = write_pid(lock.get(), lock_path); !written) return written.error();
  DataDirectory directory(whole, std::move(lock));
  if (auto made = make_private_directory(directory.logs()); !made) return made.error();
  return directory;
}

}  // namespace wharf::database
