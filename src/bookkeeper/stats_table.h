#pragma once
// SQL of attempt_stats and stream_status.

#include "base/ids.h"
#include "bookkeeper/stream_stats.h"
#include "sqlite/transaction.h"

namespace wharf::bookkeeper::stats_table {

/// Stores counts and status of every stream of an attempt, in the transaction of the checkpoints
/// that they describe.
void put(sqlite::Transaction& transaction, const base::AttemptId& attempt, const Streams& streams,
         base::WallTime now);

/// What is stored for an attempt; empty if there is nothing. Streams of an attempt that a crash has
/// ended are incomplete.
Streams get(sqlite::Connection& connection, const base::AttemptId& attempt);

}  // namespace wharf::bookkeeper::stats_table
