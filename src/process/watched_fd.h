#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/unique_fd.h"

namespace wharf::process {

/// A descriptor that an executor watches, made non-blocking. The caller reads and writes it with
/// plain system calls and waits here when they say EAGAIN. Belongs to one strand. A wait outlives
/// its WatchedFd safely: it ends as cancelled.
class WatchedFd {
 public:
  WatchedFd(const boost::asio::any_io_executor& executor, base::UniqueFd fd);
  WatchedFd(WatchedFd&&) noexcept;
  WatchedFd& operator=(WatchedFd&&) noexcept;
  ~WatchedFd();

  /// -1 once closed or released.
  int get() const;

  /// Waits until a read, or a write, would not block (an end and an error count). False: cancelled.
  boost::asio::awaitable<bool> readable();
  boost::asio::awaitable<bool> writable();

  /// Ends the waits under way.
  void cancel();
  void close();
  /// Gives the descriptor back, unwatched and still non-blocking.
  base::UniqueFd release();

 private:
  struct Watch;
  static boost::asio::awaitable<bool> await(std::shared_ptr<Watch> watch, bool to_read);

  std::shared_ptr<Watch> watch_;
};

}  // namespace wharf::process
