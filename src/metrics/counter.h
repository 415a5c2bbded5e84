#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace wharf::metrics {

/// How often something has happened since the process began. Any thread may count; nobody waits.
class Counter {
 public:
  void add(std::uint64_t more = 1) { count_.fetch_add(more, std::memory_order_relaxed); }
  std::uint64_t value() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// How long, or how large, what has happened was: how many were at most each bound. Any thread may
/// observe; nobody waits.
class Histogram {
 public:
  /// `bounds` rise; a last one, infinity, is added.
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {}

  void observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  /// One more than bounds; not added up.
  std::vector<std::uint64_t> counts() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::vector<Counter> counts_;
  std::atomic<double> sum_{0};
};

/// From a millisecond to ten seconds: answers, lateness.
inline constexpr double kShortTimes[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                         0.25,  0.5,    1,     2.5,  5,     10};
/// From a second to a day: syncs.
inline constexpr double kLongTimes[] = {1, 5, 15, 60, 300, 900, 3600, 14400, 86400};

}  // namespace wharf::metrics
