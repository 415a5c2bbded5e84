#pragma once
// Questions to connectors by way of the daemon, of what stands in its store.

#include "cli/daemon_client.h"

#include <string>
#include <vector>

namespace wharf::cli {

/// Checks the sources and destinations of those names, all if there is none, and prints how each
/// works. The exit code. Throws Failure if there is no daemon, or none of a name.
int check_at_daemon(const DaemonPlace& place, const std::vector<std::string>& names);

/// Prints what sources have, as a `streams:` block, or with JSON as the protocol's catalog.
int discover_at_daemon(const DaemonPlace& place, const std::vector<std::string>& names);

}  // namespace wharf::cli
