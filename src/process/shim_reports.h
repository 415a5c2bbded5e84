#pragma once

#include <wharf/error.h>

#include <optional>
#include <string>
#include <string_view>

namespace wharf::process {

/// What a shim has said of its connector on the control FIFO (shim.c lists the lines).
struct ShimReports {
  bool started = false;                  ///< the FIFOs are open
  std::optional<Result<void>> launched;  ///< whether the program could be executed
  std::optional<int> exit;               ///< all has ended

  /// Takes what stands in the FIFO, which does not block. False at its end.
  bool read(int control);

 private:
  void hear(std::string_view line);

  std::string heard_;  // up to the next line end
};

}  // namespace wharf::process
