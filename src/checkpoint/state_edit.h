#pragma once
// What a hand may do to the states of a connection: `wharf state set` and `clear`.

#include <span>
#include <vector>

#include "checkpoint/checkpoint_table.h"
#include "checkpoint/generation_table.h"

namespace wharf::checkpoint {

/// Sets the states named in `state`; streams that it does not name keep theirs, one whose state is
/// null starts over. The epochs of what it names rise, so that a destination's older position does
/// not bring the old state back. Fails with `conflict` if the types would mix.
Result<void> set_state(sqlite::Transaction& transaction, const base::ConnectionId& id,
                       const protocol::StartState& state, base::WallTime now);

/// What stood on another machine, for a connection that has nothing of its own: its states, and the
/// counters that go with them. Epochs do not rise: a destination that has the rows says better
/// where they end.
Result<void> restore(sqlite::Transaction& transaction, const base::ConnectionId& id,
                     const protocol::StartState& state, std::span<const Counters> counters,
                     base::WallTime now);

/// Clears the states of `streams`, or, if none is named, everything the connection has: `all` are
/// its configured streams. Their next run starts from the beginning.
void clear_state(sqlite::Transaction& transaction, const base::ConnectionId& id,
                 std::span<const protocol::StreamDescriptor> streams,
                 std::span<const protocol::StreamDescriptor> all);

}  // namespace wharf::checkpoint
