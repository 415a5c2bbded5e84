#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "database/database.h"
#include "schedule/next_runs.h"

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace wharf::schedule {

/// One timer that makes jobs of what is due. When each connection runs next stands in the store: a
/// firing and its job are one commit, so that a crash neither loses one nor makes it twice. Any
/// thread may call it; it works on its executor.
class Scheduler {
 public:
  struct Services {
    database::Database& database;
    const base::Clock& clock;
    base::Log& log;
    /// Jobs have been made. On the engine; short.
    std::function<void()> enqueued;
    /// The same: how long after the first of them was due all were committed.
    std::function<void(std::chrono::milliseconds)> late = {};
  };

  Scheduler(const boost::asio::any_io_executor& executor, Services services, Watch watch);
  /// Waits until nothing of it runs any more. The engine must still turn.
  ~Scheduler();

  /// Works out every connection's next run anew, then makes jobs as they fall due. Once.
  void begin();
  /// A job of it has ended, or its schedule or status has changed: its next run is worked out anew.
  void renew(const base::ConnectionId& connection);
  /// Tells how long ago it last looked at what is due, and the store answered; it looks every
  /// second. May be called beyond the scheduler's end.
  std::function<std::chrono::steady_clock::duration()> since_turn() const;

 private:
  class Work;
  std::shared_ptr<Work> work_;
  bool begun_ = false;
};

}  // namespace wharf::schedule
