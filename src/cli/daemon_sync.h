#pragma once

#include "cli/daemon_client.h"
#include "cli/display.h"
#include "declaration/declaration.h"

#include <memory>
#include <string>
#include <vector>

namespace wharf::cli {

/// `wharf sync NAME…`: asks a running daemon for jobs, and waits for their ends if told to. Gives
/// the exit code: 0 all asked for (or done), 1 a job failed or was cancelled.
struct DaemonSync {
  DaemonPlace place;
  std::vector<std::string> connections;
  bool wait = false;
  bool quiet = false;
};
int sync_by_daemon(const DaemonSync& wanted, Display& display);

/// `wharf sync -f` runs by itself what a daemon runs too: throws Failure (conflict) if one that
/// answers owns one of these connections. `data_dir` empty: the usual places are asked; a directory
/// of one's own is nobody else's business.
void leave_to_daemon(const declaration::Declaration& declaration,
                     const std::vector<std::string>& chosen, const std::string& data_dir);

/// What the lock of a data directory said, with what helps if it is a daemon that holds it.
Error with_advice(Error conflict, const std::string& data_dir);

}  // namespace wharf::cli
