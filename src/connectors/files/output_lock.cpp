#include "connectors/files/output_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "connectors/files/durable_file.h"

namespace wharf::connectors::files {
namespace {

int open_lock(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) fail_on("open the lock", path, errno);
  return fd;
}

}  // namespace

std::optional<OutputLock> OutputLock::try_take(const std::filesystem::path& path) {
  OutputLock lock(open_lock(path));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return std::nullopt;
  fail_on("lock", path, errno);
}

OutputLock OutputLock::take(const std::filesystem::path& path) {
  OutputLock lock(open_lock(path));
  while (::flock(lock.fd_, LOCK_EX) != 0) {
    if (errno != EINTR) fail_on("lock", path, errno);
  }
  return lock;
}

OutputLock::OutputLock(OutputLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

OutputLock::~OutputLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace wharf::connectors::files
