#pragma once

#include <wharf/connector/destination.h>

#include "connector/data_channel.h"
#include "connector/platform_output.h"
#include "connector/stop.h"

namespace wharf::connector {

struct WriteOptions {
  DataChannel channel;
  int stdin_fd = 0;
  bool says_statistics = false;  ///< live counts of what has come, about every second
  std::size_t line_limit = protocol::kLineLimit;
  std::size_t waiting_memory = std::size_t{16} << 20;  ///< rows that wait; beyond it a segment file
};

/// The verb `write`: takes records and states from all channels, hands rows on in the order of the
/// states that cover them, commits, and confirms. When it fails or is stopped, what is covered has
/// been committed and confirmed first. Throws Stopped, OutputClosed, or Failure.
void run_write(const WriteRequest& request, Writer& writer, const WriteOptions& options,
               PlatformOutput& platform, const Stop& stop);

}  // namespace wharf::connector
