#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"

namespace wharf::metrics {

/// Counters (or histograms) that differ by the values of their labels. Any thread may call it.
template <class Metric>
class Family {
 public:
  using Values = std::vector<std::string>;
  using Make = std::function<std::unique_ptr<Metric>()>;

  explicit Family(Make make = [] { return std::make_unique<Metric>(); }) : make_(std::move(make)) {}

  /// The one with these values; lives as long as the family. What grows is bounded: whoever comes
  /// when there are kMost shares one whose values are all "other".
  Metric& with(const Values& values) {
    return sets_.with([&](auto& sets) -> Metric& {
      const bool full = sets.size() >= kMost && !sets.contains(values);
      auto& found = sets[full ? Values(values.size(), "other") : values];
      if (!found) found = make_();
      return *found;
    });
  }

  template <class F>
  void each(F f) const {
    sets_.with([&](const auto& sets) {
      for (const auto& [values, metric] : sets) f(values, *metric);
    });
  }

  static constexpr std::size_t kMost = 1000;

 private:
  const Make make_;
  base::Guarded<std::map<Values, std::unique_ptr<Metric>>> sets_;
};

}  // namespace wharf::metrics
