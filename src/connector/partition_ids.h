#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace wharf::connector {

/// Names for partitions: four letters and digits that look random and never repeat in a process
/// (five after the first fourteen million). Any thread.
class PartitionIds {
 public:
  /// `seed` decides where in the order of all names it begins.
  explicit PartitionIds(std::uint64_t seed);
  std::string next();

 private:
  std::uint64_t begin_;
  std::atomic<std::uint64_t> given_{0};
};

}  // namespace wharf::connector
