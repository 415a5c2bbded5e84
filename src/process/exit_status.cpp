#include "process/exit_status.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

namespace wharf::process {

std::string ExitStatus::describe() const {
  std::string who = shim_lost ? "its shim was " : "";
  if (out_of_memory) who = "out of memory, at its limit: " + who;
  if (code > 128 && code < 128 + NSIG) {
    return fmt::format("{}killed by signal {} ({})", who, code - 128, ::strsignal(code - 128));
  }
  return shim_lost ? fmt::format("its shim ended with exit code {}", code)
                   : fmt::format("exit code {}", code);
}

}  // namespace wharf::process
