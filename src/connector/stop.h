#pragma once

#include <atomic>
#include <csignal>

#include "base/unique_fd.h"

namespace wharf::connector {

/// The exit code of a connector that was told to stop.
inline constexpr int kTerminated = 128 + SIGTERM;

/// Thrown where work ends because a stop was asked for; caught at the verbs' door.
struct Stopped {};

/// "Stop now": a flag for loops and a descriptor for those who wait. Once asked for it stays so.
/// Any thread, and a signal handler, may ask.
class Stop {
 public:
  Stop();

  void ask() noexcept;
  bool asked() const noexcept { return asked_.load(std::memory_order_relaxed); }
  /// Readable once a stop was asked for.
  int descriptor() const { return event_.get(); }
  void throw_if_asked() const {
    if (asked()) throw Stopped{};
  }

 private:
  std::atomic<bool> asked_{false};
  base::UniqueFd event_;
};

/// While it lives, SIGTERM and SIGINT ask for `stop`. A process that has not ended `grace_millis`
/// later, because a connector waits where nobody can wake it, ends at once with exit code 143: what
/// was committed stands, all else is read again. One at a time in a process.
class StopOnSignal {
 public:
  StopOnSignal(Stop& stop, int grace_millis);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
};

/// Waits until `fd` is ready for `events` (poll's words) and returns true, or false after
/// `timeout_millis` (-1: never). Throws Stopped when a stop is asked for first.
bool wait_ready(int fd, short events, const Stop& stop, int timeout_millis = -1);

}  // namespace wharf::connector
