#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace wharf::api {

/// The threads that handlers run on: started when there is work and none is free, ended when
/// there was none for a while, so that an idle daemon has none. Any thread may call it.
class HandlerThreads {
 public:
  HandlerThreads(std::size_t most, std::chrono::milliseconds idle_time);
  /// finish().
  ~HandlerThreads();
  HandlerThreads(const HandlerThreads&) = delete;
  HandlerThreads& operator=(const HandlerThreads&) = delete;

  /// Runs `work` soon, which throws nothing. How much may wait is bounded by who calls: a
  /// connection has one request at a time. False if there is no thread and none can be had, and
  /// after finish(); `work` is then forgotten.
  bool run(std::function<void()> work);

  /// Runs what still waits, and returns when all threads have ended.
  void finish();

  std::size_t count() const;  ///< of threads alive

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace wharf::api
