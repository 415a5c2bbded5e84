#pragma once

#include "base/clock.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace wharf::base {

/// A queue with a limit between threads: when it is full, who puts in has to wait. Any thread may
/// put in and take out. Once closed it takes nothing more, and gives what it still holds.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t limit) : limit_(limit) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// Puts in, waiting for room. False if the queue is closed; `value` is then left as it was.
  bool push(T&& value) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || items_.size() < limit_; });
    if (closed_) return false;
    items_.push_back(std::move(value));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  enum class Offer { taken, full, closed };

  /// Puts in if there is room, and never waits. If there is none, `value` is left as it was and
  /// `when_room` is called once, later, on the thread that takes out: who may not block re-arms
  /// its reading there.
  Offer offer(T&& value, std::function<void()> when_room) {
    std::unique_lock lock(mutex_);
    if (closed_) return Offer::closed;
    if (items_.size() >= limit_) {
      waiting_.push_back(std::move(when_room));
      return Offer::full;
    }
    items_.push_back(std::move(value));
    lock.unlock();
    filled_.notify_one();
    return Offer::taken;
  }

  /// Takes out everything there is (at most `most`), waiting until there is something, the queue
  /// is closed or `until` has come. Empty: the time has come, or closed and drained.
  std::deque<T> take(SteadyTime until = SteadyTime::max(),
                     std::size_t most = static_cast<std::size_t>(-1)) {
    std::unique_lock lock(mutex_);
    auto ready = [&] { return closed_ || !items_.empty(); };
    if (until == SteadyTime::max())
      filled_.wait(lock, ready);
    else
      filled_.wait_until(lock, until, ready);
    std::deque<T> taken;
    if (items_.size() <= most) {
      taken.swap(items_);
    } else {
      for (; most > 0; --most) {
        taken.push_back(std::move(items_.front()));
        items_.pop_front();
      }
    }
    auto waiting =
        taken.empty() ? std::vector<std::function<void()>>{} : std::exchange(waiting_, {});
    lock.unlock();
    if (!taken.empty()) room_.notify_all();
    for (auto& call : waiting) call();
    return taken;
  }

  /// Takes nothing more; wakes everybody who waits.
  void close() {
    std::vector<std::function<void()>> waiting;
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      waiting.swap(waiting_);
    }
    filled_.notify_all();
    room_.notify_all();
    for (auto& call : waiting) call();
  }

  /// Closed and given out to the last item.
  bool drained() const {
    std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable room_;
  std::deque<T> items_;
  std::vector<std::function<void()>> waiting_;
  bool closed_ = false;
};

}  // namespace wharf::base
