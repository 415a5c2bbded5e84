#pragma once

#include "daemon/sync_run.h"

#include <string>
#include <vector>

namespace wharf::cli {

/// What came of a sync, for people: a line per connection, and for one that failed its cause, the
/// last lines of the stderr at fault and where the log is. Failures and notices go to stderr.
void print_report(const std::vector<daemon::ConnectionRun>& runs, bool quiet);

/// The same as JSON, one object.
std::string report_json(const std::vector<daemon::ConnectionRun>& runs);

/// 0 all done, 1 a sync failed or was stopped, 2 a declaration or configuration is wrong, 3 the
/// environment is.
int exit_code(const std::vector<daemon::ConnectionRun>& runs);

}  // namespace wharf::cli
