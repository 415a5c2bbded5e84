#pragma once
// What a coroutine on a strand waits for: the database, somebody who calls back, and its own
// mailbox. None of these blocks the engine.

#include "operation/await.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <utility>

namespace wharf::replication {

using operation::called_back;
using operation::in_database;

/// What has happened, in order, for one reader on the same strand.
template <class T>
class Mailbox {
 public:
  explicit Mailbox(const boost::asio::any_io_executor& executor)
      : bell_(executor, boost::asio::steady_timer::time_point::max()) {}

  void put(T value) {
    letters_.push_back(std::move(value));
    bell_.cancel();
  }

  boost::asio::awaitable<T> take() {
    while (letters_.empty()) {
      boost::system::error_code woken;
      co_await bell_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    T first = std::move(letters_.front());
    letters_.pop_front();
    co_return first;
  }

 private:
  std::deque<T> letters_;
  boost::asio::steady_timer bell_;
};

}  // namespace wharf::replication
