#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "api/entrance.h"
#include "api/handler_threads.h"
#include "api/limits.h"
#include "base/clock.h"
#include "base/log.h"

namespace wharf::api {

/// What all connections of a server share. Belongs to the server's strand, but for `cut` and what
/// runs on handler threads.
struct Hall {
  boost::asio::any_io_executor strand;
  const Limits limits;
  const Entrance& entrance;
  base::Log& log;
  const base::Clock& clock;
  HandlerThreads threads;

  bool stopping = false;         ///< each connection ends after the answer it is at
  std::atomic<bool> cut{false};  ///< what has not begun yet is not begun any more
  std::size_t followers = 0;
  std::size_t body_bytes = 0;

  /// Runs `f` on a handler thread and waits for what it gives. `f` throws nothing; throws itself if
  /// there is no thread to be had.
  template <class T>
  boost::asio::awaitable<T> on_handler_thread(std::function<T()> f);
};

/// A share of something counted, given back at the end.
class Share {
 public:
  explicit Share(std::size_t& total) : total_(total) {}
  ~Share() { total_ -= held_; }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  void set(std::size_t held) {
    total_ = total_ - held_ + held;
    held_ = held;
  }

 private:
  std::size_t& total_;
  std::size_t held_ = 0;
};

}  // namespace wharf::api
