#include "workload/run_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <tuple>
#include <utility>

namespace wharf::workload {

namespace fs = std::filesystem;
using base::UniqueFd;

namespace {

constexpr std::size_t kNameLength = 8;
constexpr std::size_t kSocketPathLimit = sizeof(sockaddr_un::sun_path) - 1;

Error cannot(std::string_view what, const fs::path& path) {
  return {ErrorCode::environment,
          fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno))};
}

// ---- the place

Result<fs::path> check_private(const fs::path& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return cannot("look at", path);
  std::string_view wrong;
  if (!S_ISDIR(status.st_mode)) {
    wrong = "is not a directory (nor may it be a symlink to one)";
  } else if (status.st_uid != ::geteuid()) {
    wrong = "belongs to another user";
  } else if ((status.st_mode & 077) != 0) {
    wrong = "is open to others: it must have the mode 0700";
  }
  if (wrong.empty()) return path;
  return Error{ErrorCode::environment,
               fmt::format("the directory for runs '{}' {}", path.string(), wrong)};
}

bool is_ours(const fs::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

// ---- what stands in a run directory

// The mode is what is said, whatever the umask.
Result<void> make_directory(const fs::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 || ::chmod(path.c_str(), mode) != 0) {
    return cannot("create the directory", path);
  }
  return {};
}

Result<void> make_fifo(const fs::path& path) {
  if (::mkfifo(path.c_str(), 0666) != 0 || ::chmod(path.c_str(), 0666) != 0) {
    return cannot("create the FIFO", path);
  }
  return {};
}

Result<void> write_file(const fs::path& path, std::string_view content) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!fd || ::fchmod(fd.get(), 0644) != 0) return cannot("create", path);
  while (!content.empty()) {
    const auto written = ::write(fd.get(), content.data(), content.size());
    if (written < 0 && errno != EINTR) return cannot("write", path);
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// ---- names and owners

std::string random_name() {
  static constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  std::random_device chance;
  std::string name(kNameLength, ' ');
  for (auto& letter : name) letter = kLetters[chance() % kLetters.size()];
  return name;
}

// Held while a directory is made and has no owner yet, and while those without a living one are
// swept: so a sweep never meets one half made.
Result<UniqueFd> lock_runs(const fs::path& runs) {
  UniqueFd fd(::open(runs.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return cannot("open the directory", runs);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return cannot("lock", runs);
  }
  return fd;
}

Result<UniqueFd> own(const fs::path& run) {
  const auto path = run / "owner";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return cannot("lock", path);
  return fd;
}

}  // namespace

// ---- where

Result<fs::path> ensure_private_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("create", path);
  return check_private(path);
}

Result<fs::path> find_runs_directory() {
  const fs::path service = "/run/wharf/runs";
  if (is_ours(service)) return check_private(service);
  ::mkdir(service.parent_path().c_str(), 0755);  // Only root may; whoever may not goes on.
  if (is_ours(service.parent_path()) && ::mkdir(service.c_str(), 0700) == 0) return service;
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR");
      runtime != nullptr && is_ours(runtime)) {
    return ensure_private_directory(fs::path(runtime) / "wharf");
  }
  return ensure_private_directory(fmt::format("/tmp/wharf-{}", ::geteuid()));
}

// ---- a run directory

RunDirectory::RunDirectory(fs::path path, UniqueFd owner)
    : path_(std::move(path)), owner_(std::move(owner)) {}

RunDirectory::RunDirectory(RunDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})), owner_(std::move(other.owner_)) {}

RunDirectory& RunDirectory::operator=(RunDirectory&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    owner_ = std::move(other.owner_);
  }
  return *this;
}

RunDirectory::~RunDirectory() {
  remove();
}

void RunDirectory::remove() {
  std::error_code ignored;  // What a connector has made undeletable is left to the next sweep.
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<RunDirectory> RunDirectory::create(const fs::path& runs) {
  const auto lock = lock_runs(runs);
  if (!lock) return lock.error();
  fs::path path = runs / random_name();
  while (fs::exists(fs::symlink_status(path))) path = runs / random_name();
  if (auto made = make_directory(path, 0755); !made) return std::move(made).error();
  auto owner = own(path);
  if (!owner) return std::move(owner).error();
  RunDirectory run(std::move(path), std::move(*owner));
  if (auto made = make_directory(sockets_directory(run.path_), 0777); !made)
    return std::move(made).error();
  return run;
}

Result<SideDirectory> RunDirectory::prepare(
    std::string_view side, const std::map<std::string, std::string, std::less<>>& files) const {
  const SideDirectory directory{path_ / side};
  std::error_code error;
  fs::remove_all(directory.path, error);
  if (auto made = make_directory(directory.path, 0777); !made) return std::move(made).error();
  for (const auto& fifo : {directory.in(), directory.out(), directory.err(), directory.control()}) {
    if (auto made = make_fifo(fifo); !made) return std::move(made).error();
  }
  for (const auto& [name, content] : files) {
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
      return Error{ErrorCode::invalid_argument, fmt::format("'{}' is no name of a file", name)};
    }
    if (auto written = write_file(directory.path / name, content); !written) {
      return std::move(written).error();
    }
  }
  return directory;
}

Result<std::vector<std::string>> RunDirectory::socket_paths(int count) const {
  std::vector<std::string> paths;
  for (int number = 1; number <= count; ++number) {
    paths.push_back(
        (sockets_directory(path_) / fmt::format("airbyte_socket_{}.sock", number)).string());
    if (paths.back().size() > kSocketPathLimit) {
      return Error{
          ErrorCode::environment,
          fmt::format("'{}' is longer than the {} bytes that a socket's path may have: choose "
                      "a shorter directory for runs (XDG_RUNTIME_DIR)",
                      paths.back(), kSocketPathLimit)};
    }
  }
  return paths;
}

fs::path sockets_directory(const fs::path& run_directory) {
  return run_directory / "s";
}

void refuse_connections(const std::vector<std::string>& socket_paths) {
  for (const auto& path : socket_paths) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // It is there already, mostly; without it the destination's own limit ends the waiting.
    std::ignore = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
}

// ---- what earlier lives left

bool is_owned(const fs::path& run_directory) {
  const auto path = run_directory / "owner";
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
}

Result<int> sweep_stale_runs(const fs::path& runs) {
  const auto lock = lock_runs(runs);
  if (!lock) return lock.error();
  int removed = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs, error)) {
    const bool is_run = entry.path().filename().string().size() == kNameLength &&
                        entry.symlink_status().type() == fs::file_type::directory;
    if (!is_run || is_owned(entry.path())) continue;
    std::error_code left;  // What cannot be removed is tried again by the next sweep.
    fs::remove_all(entry.path(), left);
    if (!left) ++removed;
  }
  if (error) {
    errno = error.value();
    return cannot("read the directory", runs);
  }
  return removed;
}

}  // namespace wharf::workload
