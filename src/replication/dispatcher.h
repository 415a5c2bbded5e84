#pragma once

#include "connection/references.h"
#include "job/auto_disable.h"
#include "job/retry_policy.h"
#include "replication/attempt_runner.h"

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <future>
#include <memory>

namespace wharf::replication {

/// Claims jobs that are due, as many at once as it may, and runs their attempts. Any thread may
/// call it; it works on its executor.
class Dispatcher {
 public:
  /// Called on the engine's thread; short.
  struct Events {
    std::function<void(const base::ConnectionId&, std::shared_ptr<const bookkeeper::Progress>)>
        started;
    std::function<void(const job::Job&, const AttemptReport&)> ended;
    /// The dispatcher itself cannot go on: the store does not answer.
    std::function<void(const std::string&)> failed;
  };
  struct Settings {
    int attempts_at_once = 4;
    job::RetryPolicy retries;
    connection::Environment environment;  ///< where `${env:…}` looks
    std::function<bool()> may_start;      ///< none: always. Waiting jobs wait on while it says no
    job::AutoDisablePolicy auto_disable;
    /// Syncs of inactive connections run, too: somebody has asked for them by name.
    bool inactive_too = false;
  };

  Dispatcher(const boost::asio::any_io_executor& executor, const AttemptServices& services,
             Settings settings, Events events);
  /// Waits until no attempt runs. The engine must still turn.
  ~Dispatcher();

  /// From now on jobs are claimed, and events come, maybe before this returns. Once.
  void begin();

  /// A job may be due, or not wanted any more.
  void ring();
  /// Claims nothing more. What runs goes on to its end; the future is ready when nothing does.
  /// Once, before stop().
  std::future<void> run_out();
  /// Claims nothing more and asks every attempt to end.
  void stop();

 private:
  class Work;
  std::shared_ptr<Work> work_;
  bool begun_ = false;
};

}  // namespace wharf::replication
