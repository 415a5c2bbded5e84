#include "process/process_identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <string>

namespace wharf::process {

namespace {

// Empty if it has gone, be it between the open and the read.
std::string stat_of(pid_t pid) {
  const base::UniqueFd fd(::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(1024, '\0');
  const auto count = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace

std::optional<ProcessStatus> look_up(pid_t pid) {
  const std::string stat = stat_of(pid);
  // The name in parentheses may hold anything, parentheses and spaces too: we count from its end.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  ProcessStatus status{.pid = pid};
  char state = 0;
  const int fields =
      std::sscanf(stat.c_str() + name_end + 1,
                  " %c %*d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
                  "%*d %*d %" SCNu64,
                  &state, &status.group, &status.session, &status.start_time);
  if (fields != 4 || state == 'Z' || state == 'X') return std::nullopt;
  return status;
}

std::vector<ProcessStatus> members_of(pid_t group) {
  std::vector<ProcessStatus> members;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto end = name.data() + name.size();
    if (std::from_chars(name.data(), end, pid).ptr != end) continue;
    const auto status = look_up(pid);
    if (status && status->group == group) members.push_back(*status);
  }
  return members;
}

bool stands(const ProcessIdentity& identity) {
  const auto status = look_up(identity.pid);
  return status && status->start_time == identity.start_time;
}

// By number: the header of glibc 2.36 declares pidfd_open without C linkage.
base::UniqueFd open_pidfd(pid_t pid) {
  return base::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

}  // namespace wharf::process
