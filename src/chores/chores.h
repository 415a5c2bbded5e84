#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace wharf::chores {

/// Something that is done again and again beside the syncs.
struct Chore {
  std::string name;
  std::chrono::milliseconds every;  ///< from the end of one time to the next; by the steady clock
  std::chrono::milliseconds first;  ///< after begin()
  std::function<void()> run;        ///< may take its time; what it throws is in the log
};

/// How often a chore ran.
struct ChoreCount {
  std::int64_t runs = 0;
  std::int64_t failures = 0;
  std::string last_failure;  ///< empty: the last time it went well
  base::WallTime last_success{};
  base::WallTime last_failed{};
};

/// The one thread that does chores, one after the other. One that fails does not keep others, nor
/// its own next time, from being done. Jumps of the wall clock change nothing.
class Chores {
 public:
  Chores(const base::Clock& clock, base::Log& log, std::vector<Chore> chores);
  /// Waits for the one that runs.
  ~Chores();
  Chores(const Chores&) = delete;
  Chores& operator=(const Chores&) = delete;

  /// Once.
  void begin();
  std::map<std::string, ChoreCount> counts() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Due {
    Chore chore;
    Time at;
  };
  void work();
  void run(Due& due);

  const base::Clock& clock_;
  base::Log& log_;
  mutable std::mutex mutex_;
  std::condition_variable bell_;
  std::map<std::string, ChoreCount> counts_;
  bool ending_ = false;
  std::vector<Due> due_;  // of the thread
  std::thread thread_;
};

}  // namespace wharf::chores
