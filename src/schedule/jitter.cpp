#include "schedule/jitter.h"

namespace wharf::schedule {
namespace {

// splitmix64: neighbouring seeds and instants end up far apart.
std::uint64_t scattered(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

std::chrono::minutes jitter_max(base::WallTime::duration distance) {
  using std::chrono::minutes;
  if (distance <= minutes(5)) return minutes(0);
  if (distance <= minutes(90)) return minutes(2);
  if (distance <= minutes(150)) return minutes(5);
  if (distance <= minutes(390)) return minutes(15);
  return kJitterMax;
}

std::chrono::seconds jitter(std::uint64_t seed, base::WallTime firing, std::chrono::minutes max) {
  const auto mixed =
      scattered(seed ^ scattered(static_cast<std::uint64_t>(base::to_millis(firing))));
  const auto span = static_cast<std::uint64_t>(std::chrono::seconds(max).count()) + 1;
  return std::chrono::seconds(static_cast<std::chrono::seconds::rep>(mixed % span));
}

}  // namespace wharf::schedule
