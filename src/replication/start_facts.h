#pragma once

#include "checkpoint/start_state.h"
#include "workload/workload_builder.h"

#include <optional>

namespace wharf::replication {

/// What the plan of an attempt's start is made from, but for the checkpoints, which are read in the
/// transaction that carries the plan out.
checkpoint::StartFacts start_facts(const workload::AttemptInput& input, workload::Medium medium,
                                   std::optional<protocol::Position> position);

}  // namespace wharf::replication
