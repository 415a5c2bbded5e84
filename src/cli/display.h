#pragma once

#include "daemon/sync_run.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wharf::cli {

/// Shows a sync while it runs. One thread.
class Display {
 public:
  virtual ~Display() = default;
  /// How things stand now; called a few times a second.
  virtual void show(const std::vector<daemon::ConnectionRun>& runs) = 0;
  /// The last look, when all is over.
  virtual void finish(const std::vector<daemon::ConnectionRun>& runs) = 0;
};

/// A table that is drawn over itself: a line per stream with records, MB, rate, share done and last
/// checkpoint. For terminals.
std::unique_ptr<Display> make_live_display();
/// Lines that are never taken back: one at each start and end, one every few seconds between.
std::unique_ptr<Display> make_plain_display();
/// Shows nothing.
std::unique_ptr<Display> make_quiet_display();

}  // namespace wharf::cli
