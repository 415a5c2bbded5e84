#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace wharf::connectors::files {

/// One piece of work at a time, done by a thread of its own, which begins with the first piece and
/// ends with this object. What the work touches is the work's from `begin` until `finish` returns.
/// To be called from one thread.
class Background {
 public:
  Background() = default;
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  /// Waits for the work; what it throws is lost.
  ~Background();

  /// Finished first must be what was begun before.
  void begin(std::function<void()> work);
  bool is_begun() const { return begun_; }
  /// Waits for what was begun, and throws what it threw.
  void finish();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> work_;  // empty: there is none to do
  std::exception_ptr thrown_;
  bool ends_ = false;
  bool begun_ = false;  // the caller's: not yet finished
  std::thread thread_;
};

}  // namespace wharf::connectors::files
