#pragma once

#include "bookkeeper/progress.h"
#include "replication/attempt_report.h"
#include "replication/attempt_services.h"
#include "replication/order.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

namespace wharf::replication {

/// Runs one attempt: feeds the machine from the two connectors and carries out its effects; nothing
/// else. Belongs to one strand.
class AttemptRunner {
 public:
  /// Called once the books are open, with the attempt's progress.
  using Watched = std::function<void(std::shared_ptr<const bookkeeper::Progress>)>;

  AttemptRunner(const boost::asio::any_io_executor& executor, const AttemptServices& services,
                AttemptOrder order, Watched watched);
  ~AttemptRunner();

  /// From its first file to its verdict; the attempt's row says how it ended. Never throws: what
  /// should not happen is a failed attempt of origin platform.
  boost::asio::awaitable<AttemptReport> run();

  /// Ends it: both sides are stopped, what is confirmed stays. On its strand. Of two causes the
  /// first counts.
  void request_stop(StopCause cause);

 private:
  class Work;
  std::shared_ptr<Work> work_;
};

}  // namespace wharf::replication
