#pragma once

#include <process/process_identity.h>
#include <wharf/error.h>

#include <chrono>
#include <span>

namespace wharf::launcher {

/// Ends what an earlier life of the daemon left running, and proves it gone: SIGKILL to the group
/// of each recorded shim, then a look at what still runs in it. A pid counts only with its start
/// time: one that another process has by now is left alone. To be called before anything is
/// launched; blocks, at most for `limit`, and fails with `environment`, naming the process, if it
/// is not gone by then.
Result<void> end_orphans(std::span<const process::ProcessIdentity> recorded,
                         std::chrono::milliseconds limit);

}  // namespace wharf::launcher
