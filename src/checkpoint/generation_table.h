#pragma once
// SQL of stream_generation: which generation of its rows a stream is in, and which states count.

#include <wharf/protocol/catalog.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "sqlite/transaction.h"

namespace wharf::checkpoint {

/// Rises when a state is set or cleared by hand: older states are void.
using Epoch = std::int64_t;

/// Whether a hand changed a stream's state, and who knows of it.
enum class Edit {
  none,
  fresh,  ///< set or cleared by hand, and no attempt had its epoch yet
  given,  ///< an attempt has its epoch; nothing was confirmed under it so far
};

/// A stream's counters. None of them ever goes down.
struct Counters {
  protocol::StreamDescriptor stream;
  std::int64_t generation = 0;
  std::int64_t minimum_generation = 0;  ///< 0, or `generation`: rows of lower ones go
  Epoch epoch = 0;
  Edit edit = Edit::none;
  std::optional<base::JobId> start_job;  ///< the job that began this generation
  std::int64_t start_generation = 0;     ///< the first of that job that the destination saw
};

/// Stands for a GLOBAL state in this table: its epoch is that of the shared state.
inline const protocol::StreamDescriptor kGlobalStream{};

namespace generation_table {

/// The stream's counters; all zero if it has none yet.
Counters get(sqlite::Connection& connection, const base::ConnectionId& id,
             const protocol::StreamDescriptor& stream);

/// Everything that a connection has counted: its streams, and kGlobalStream if there was need.
std::vector<Counters> all(sqlite::Connection& connection, const base::ConnectionId& id);

/// Puts counters of another machine in their place: of the same stream, at its end there. Whoever
/// began its generation is not known here.
void restore(sqlite::Transaction& transaction, const base::ConnectionId& id, Counters counters);

/// Opens a new generation for `job`, above the current one. `truncates`: rows of lower generations
/// go when it is complete. Gives its number.
std::int64_t bump(sqlite::Transaction& transaction, const base::ConnectionId& id,
                  const protocol::StreamDescriptor& stream, base::JobId job, bool truncates);

/// Raises generation and epoch to at least these.
void raise_to(sqlite::Transaction& transaction, const base::ConnectionId& id,
              const protocol::StreamDescriptor& stream, std::int64_t generation, Epoch epoch);

/// The destination takes this job for the first time: of the generations that `job` opened, those
/// before the current ones never reached it.
void job_begins(sqlite::Transaction& transaction, const base::ConnectionId& id, base::JobId job);

/// A state was set or cleared by hand: the epoch rises by one, the edit is fresh.
void raise_epoch(sqlite::Transaction& transaction, const base::ConnectionId& id,
                 const protocol::StreamDescriptor& stream);

/// An attempt has the epochs of all of the connection's streams: fresh edits become given.
void edits_given(sqlite::Transaction& transaction, const base::ConnectionId& id);
/// A destination confirmed a state of this stream: an edit that was given is over.
void edit_over(sqlite::Transaction& transaction, const base::ConnectionId& id,
               const protocol::StreamDescriptor& stream);

}  // namespace generation_table
}  // namespace wharf::checkpoint
