#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstdint>

namespace wharf::schedule {

/// How far a firing may be moved at most, by the distance to the next one.
std::chrono::minutes jitter_max(base::WallTime::duration distance);

inline constexpr std::chrono::minutes kJitterMax(25);

/// How far a firing is moved: a whole number of seconds, evenly spread over [0, max], the same for
/// the same seed and firing.
std::chrono::seconds jitter(std::uint64_t seed, base::WallTime firing, std::chrono::minutes max);

}  // namespace wharf::schedule
