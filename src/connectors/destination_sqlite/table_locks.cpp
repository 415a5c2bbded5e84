#include "connectors/destination_sqlite/table_locks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wharf/error.h>

#include <cerrno>
#include <cstring>

#include "connectors/sql_tables/names.h"

namespace wharf::connectors::sqlite_destination {
namespace {

// The byte that stands for a name: 60 bits of its hash, so that two names meet only in theory.
off_t byte_of(std::string_view name) {
  return static_cast<off_t>(std::stoull(sql_tables::hash_of(name, 15), nullptr, 16));
}

bool same_file(int fd, const std::string& path) {
  struct stat held{};
  struct stat named{};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

TableLocks::TableLocks(const std::filesystem::path& database) {
  const auto path = database.string() + ".wharf-lock";
  do {  // somebody may remove the file between our open and the first lock
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0)
      throw Failure(
          Error{ErrorCode::environment,
                fmt::format("cannot open the lock file {}: {}", path, std::strerror(errno)),
                Origin::destination});
  } while (!same_file(fd_, path));
}

TableLocks::~TableLocks() {
  ::close(fd_);
}

bool TableLocks::take(std::string_view name) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte_of(name);
  lock.l_len = 1;
  return ::fcntl(fd_, F_OFD_SETLK, &lock) == 0;
}

}  // namespace wharf::connectors::sqlite_destination
