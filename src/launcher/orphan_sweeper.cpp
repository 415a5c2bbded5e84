#include "launcher/orphan_sweeper.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <vector>

namespace wharf::launcher {

using process::ProcessIdentity;
using process::ProcessStatus;
using Time = std::chrono::steady_clock::time_point;

namespace {

// Who of the recorded group still runs. The shim led a session of its own, so group and session
// have its pid, which the kernel gives to nobody else while one member lives. If somebody else has
// the pid now, or a member is older than the shim, the group is another one.
std::vector<ProcessStatus> survivors(const ProcessIdentity& recorded) {
  const auto leader = process::look_up(recorded.pid);
  if (leader && leader->start_time != recorded.start_time) return {};
  auto members = process::members_of(recorded.group);
  const auto foreign = [&](const ProcessStatus& member) {
    return member.session != recorded.group || member.start_time < recorded.start_time;
  };
  std::erase_if(members, foreign);
  return members;
}

// Waits for its end. Not our child any more, so its pidfd is all there is to wait on.
void await_end(const ProcessStatus& process, Time until) {
  const auto pidfd = process::open_pidfd(process.pid);
  const auto now_there = process::look_up(process.pid);
  if (!pidfd || !now_there || now_there->start_time != process.start_time) return;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  ::poll(&ended, 1, static_cast<int>(std::max(left.count(), std::chrono::milliseconds::rep{0})));
}

Result<void> end_group(const ProcessIdentity& recorded, Time until) {
  for (;;) {
    const auto left = survivors(recorded);
    if (left.empty()) return {};
    if (std::chrono::steady_clock::now() >= until) {
      return Error{
          ErrorCode::environment,
          fmt::format("process {} of an earlier run (group {}) does not end: end it by hand, "
                      "then start again",
                      left.front().pid, recorded.group)};
    }
    ::kill(-recorded.group, SIGKILL);
    await_end(left.front(), until);
  }
}

}  // namespace

Result<void> end_orphans(std::span<const ProcessIdentity> recorded,
                         std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  for (const auto& identity : recorded) {
    // 0 and 1 are no groups of ours: kill(-1) would mean everybody.
    if (identity.pid <= 1 || identity.group <= 1) continue;
    if (auto ended = end_group(identity, until); !ended) return ended;
  }
  return {};
}

}  // namespace wharf::launcher
