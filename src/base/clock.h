#pragma once

#include <chrono>

namespace wharf::base {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where time comes from: handed in as an argument, so that a test can hold it in its hand.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

/// Epoch milliseconds, as the tables and the protocol keep time.
inline long long to_millis(WallTime time) {
  return time.time_since_epoch().count();
}
inline WallTime from_millis(long long millis) {
  return WallTime(std::chrono::milliseconds(millis));
}

}  // namespace wharf::base
