#pragma once

#include <base/unique_fd.h>
#include <process/spawn_plan.h>
#include <wharf/error.h>

#include <array>

namespace wharf::process {

/// The daemon's ends of a connector's FIFOs, and spares of the other side's. Until the shim has
/// said `started` both ends are held: a reader that opens first would else see an end at once. Then
/// drop_spares() makes end of file and EPIPE mean what they say: a writer that holds its own reader
/// would never see a dead peer. All are non-blocking and close-on-exec.
struct StdioEnds {
  base::UniqueFd in;  ///< we write
  base::UniqueFd out;
  base::UniqueFd err;
  base::UniqueFd control;
  std::array<base::UniqueFd, 4> spares;

  void drop_spares() {
    for (auto& spare : spares) spare.reset();
  }
};

/// Opens both ends of every FIFO, before anyone else does. Anything but a FIFO is refused.
Result<StdioEnds> open_stdio_ends(const StdioPaths& paths);

}  // namespace wharf::process
