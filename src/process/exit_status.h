#pragma once

#include <string>

namespace wharf::process {

/// How a connector ended.
struct ExitStatus {
  int code = 0;  ///< 128+n if signal n ended it
  bool shim_lost =
      false;  ///< the shim was killed (its code is then the shim's) and the group with it
  bool out_of_memory = false;  ///< the kernel killed it at the limit of its container

  bool success() const { return code == 0 && !shim_lost; }
  /// "exit code 1", "killed by signal 9 (Killed)", "its shim was killed by signal 9 (Killed)",
  /// "out of memory: killed by signal 9 (Killed)".
  std::string describe() const;
};

}  // namespace wharf::process
