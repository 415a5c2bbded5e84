#pragma once

#include <process/watched_fd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace wharf::process {

/// Blocks TERM, INT and HUP in the calling thread and all it will create, and ignores SIGPIPE,
/// whose EPIPE is answer enough. To be called in main before any thread is there. Children are
/// spared both: ChildProcess resets them.
void block_signals();

/// Waits for one of the blocked signals and takes it. For a main thread with nothing else to do.
int await_signal();

/// From now on another TERM or INT ends the process at once: for a main thread that will await no
/// more of them.
void let_next_signal_end();

/// await_signal() for an executor: the blocked signals as they come. Belongs to one strand.
class SignalStream {
 public:
  explicit SignalStream(const boost::asio::any_io_executor& executor);

  /// The next signal's number; 0 after cancel().
  boost::asio::awaitable<int> next();
  void cancel() { fd_.cancel(); }

 private:
  WatchedFd fd_;
};

}  // namespace wharf::process
