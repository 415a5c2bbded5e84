#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

namespace wharf::daemon {

/// The io_context and the one thread that turns it: timers, child exits, pipes. Whatever runs here
/// never blocks. Children are spawned from this thread only; it lives as long as the object.
class Engine {
 public:
  Engine();
  /// Stops; what still waits on the executor is dropped. Whoever holds an executor goes before.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  boost::asio::any_io_executor executor();
  /// Ends the thread: nothing runs here any more. The executor may still be held, and posted to.
  void stop();

 private:
  struct Turning;
  std::unique_ptr<Turning> turning_;
};

}  // namespace wharf::daemon
