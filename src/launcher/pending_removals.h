#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace wharf::launcher {

/// Containers whose connectors have ended and which the engine is still removing. Any thread.
class PendingRemovals {
 public:
  void begin() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }
  /// Waits until there are none, for `limit` at most.
  bool wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, limit, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

}  // namespace wharf::launcher
