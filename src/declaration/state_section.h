#pragma once

#include "declaration/section.h"

namespace wharf::declaration {

/// A connection's `state:`: where its streams stood on another machine; none if it has none. What
/// is wrong with it becomes a problem with its line.
///
///     state:
///       checkpoints: '[{"type":"STREAM",…}]'        # as `wharf state get` prints them
///       counters:
///         - {name: orders, namespace: public, generation: 3, epoch: 1}
std::optional<StartingState> state_in(Section& connection);

}  // namespace wharf::declaration
