#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace wharf::launcher {

/// The containers of one launcher, each from before the engine is asked to make it until it has
/// been asked to remove it. Any thread.
class StandingContainers {
 public:
  /// `abandon` has it removed, whatever it does, and lets nobody hear of its end; it may be called
  /// from any thread, and late. False: the launcher is ending, and no more are to be made.
  bool add(const std::string& name, std::function<void()> abandon) {
    const std::lock_guard lock(mutex_);
    if (!ending_) standing_[name] = std::move(abandon);
    return !ending_;
  }
  void drop(const std::string& name) {
    const std::lock_guard lock(mutex_);
    standing_.erase(name);
    if (standing_.empty()) none_.notify_all();
  }
  /// Abandons all that stand, and waits until none does, for `limit` at most.
  bool end(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    ending_ = true;
    std::vector<std::function<void()>> abandoned;
    for (const auto& [name, abandon] : standing_) abandoned.push_back(abandon);
    lock.unlock();
    for (const auto& abandon : abandoned) abandon();
    lock.lock();
    return none_.wait_for(lock, limit, [this] { return standing_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  bool ending_ = false;
  std::map<std::string, std::function<void()>> standing_;
};

}  // namespace wharf::launcher
