#pragma once

#include <base/unique_fd.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace wharf::process {

/// Which process, for ever: pids are given out again, a pid with its start time is not (until the
/// next boot). `group` is also the session: each shim leads one of its own.
struct ProcessIdentity {
  pid_t pid = -1;
  pid_t group = -1;
  std::uint64_t start_time = 0;  ///< field 22 of /proc/<pid>/stat: ticks since boot

  bool operator==(const ProcessIdentity&) const = default;
};

/// What /proc says of a process that has this pid now; a zombie counts as gone.
struct ProcessStatus {
  pid_t pid = -1;
  pid_t group = -1;
  pid_t session = -1;
  std::uint64_t start_time = 0;
};
std::optional<ProcessStatus> look_up(pid_t pid);

/// All that run in a group now.
std::vector<ProcessStatus> members_of(pid_t group);

/// Whether that very process still runs.
bool stands(const ProcessIdentity& identity);

/// A descriptor that becomes readable when the process ends; none if there is no such process
/// (errno says why).
base::UniqueFd open_pidfd(pid_t pid);

}  // namespace wharf::process
