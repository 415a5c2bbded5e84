#pragma once

#include <memory>

#include "base/guarded.h"
#include "bookkeeper/stream_stats.h"

namespace wharf::bookkeeper {

/// Where an attempt is, as displays and routes read it. Rates are theirs to make: from two looks
/// at `total` and the time between them.
struct AttemptProgress {
  Streams streams;
  StreamCounts total;
  std::optional<std::int64_t> rows_estimated_in_all;
  std::int64_t states_emitted = 0;
  std::int64_t states_confirmed = 0;
  std::int64_t states_saved = 0;  ///< made durable as checkpoints
  std::optional<base::WallTime> checkpoint_at;
};

/// Written by the bookkeeper, read from any thread: `progress->with([](const auto& now) {…})`.
using Progress = base::Guarded<AttemptProgress>;

}  // namespace wharf::bookkeeper
