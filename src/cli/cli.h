#pragma once

namespace wharf::cli {

/// Everything after `wharf` on the command line → an exit code: 0 done, 1 the sync (or the
/// question) failed, 2 usage or configuration, 3 environment.
int run(int argc, char** argv);

}  // namespace wharf::cli
