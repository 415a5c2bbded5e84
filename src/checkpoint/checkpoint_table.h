#pragma once
// SQL of checkpoint: where each stream stands, as its destination confirmed it. Only the bookkeeper
// advances a checkpoint, only a raised epoch or generation removes one.

#include <wharf/protocol/state.h>

#include <optional>
#include <span>

#include "base/clock.h"
#include "base/ids.h"
#include "sqlite/transaction.h"

namespace wharf::checkpoint {

/// Where a state came from, for display; it decides nothing.
struct Written {
  std::optional<base::AttemptId> by;  ///< none: a hand
  base::WallTime at;
};

namespace checkpoint_table {

/// All that is stored for a connection, of whichever type; empty if there is nothing.
protocol::StartState load(sqlite::Connection& connection, const base::ConnectionId& id);

/// Stores a state: each stream named in it is replaced, a null one is deleted, the others stay.
/// A legacy state gives way to STREAM or GLOBAL ones; any other change of type is a `conflict`,
/// and nothing is stored.
Result<void> store(sqlite::Transaction& transaction, const base::ConnectionId& id,
                   const protocol::StateMessage& state, const Written& written);

/// Removes the states of some streams. If nothing but the shared state is left then, it goes too,
/// else it stays. A legacy state knows no streams: it goes as a whole.
void remove(sqlite::Transaction& transaction, const base::ConnectionId& id,
            std::span<const protocol::StreamDescriptor> streams);

/// Removes everything, the shared state included.
void remove_all(sqlite::Transaction& transaction, const base::ConnectionId& id);

}  // namespace checkpoint_table
}  // namespace wharf::checkpoint
