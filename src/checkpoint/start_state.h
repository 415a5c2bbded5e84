#pragma once
// What an attempt starts from (sync-semantics 4.3, 4.7). Pure: values in, a plan out.

#include <wharf/protocol/state.h>

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "checkpoint/generation_table.h"

namespace wharf::checkpoint {

/// One configured stream, as the attempt has it.
struct StartStream {
  protocol::StreamDescriptor source_name;
  protocol::StreamDescriptor destination_name;  ///< as in the destination's catalog: mapped
  protocol::SyncMode mode = protocol::SyncMode::full_refresh;
  /// Full refresh that goes on inside its generation: the source is ours or trusted to do so, and
  /// the destination keeps what it has of a generation.
  bool resumable = false;
  /// `write` has been started again without it, and so says nothing of it.
  bool is_left_out = false;
  Counters counters;
};

struct StartFacts {
  std::vector<StartStream> streams;
  Counters global;  ///< of the shared state; its generation means nothing
  /// What the destination answered; none: it holds no position (a foreign one).
  std::optional<protocol::Position> position;
  protocol::StartState checkpoints;
  base::AttemptId attempt;
  /// An earlier attempt of this job was accepted by the destination under its numbers. Before that,
  /// nothing the destination holds can be of this job, whatever its numbers look like.
  bool settled = false;
};

/// Where one stream starts.
enum class StartFrom { position, checkpoint, beginning, left_out };
std::string_view name_of(StartFrom from);

struct StreamStart {
  protocol::StreamDescriptor stream;  ///< the source's name
  StartFrom from = StartFrom::beginning;
  std::string reason;  ///< for the log
};

/// Numbers that must rise before any row moves.
struct Raise {
  std::optional<base::JobId> job_at_least;
  struct Stream {
    protocol::StreamDescriptor stream;  ///< the source's name; kGlobalStream for the shared state
    std::int64_t generation = 0;
    Epoch epoch = 0;
  };
  std::vector<Stream> streams;

  bool empty() const { return !job_at_least && streams.empty(); }
};

struct StartPlan {
  protocol::StartState state;        ///< for the source's `--state`; empty: no such argument
  std::vector<StreamStart> streams;  ///< in the order of StartFacts
  Raise raise;
  std::vector<std::string> notices;  ///< to be said in log, display and API: rows are gone

  /// The destination's `write` must be started again before the source is started, with the raised
  /// numbers and without the streams that are left out.
  bool write_again = false;

  bool leaves_out(const protocol::StreamDescriptor& source_name) const;
};

/// Decides. The plan needs not be made again when `write` is: its state holds after its raise has
/// been carried out, since the destination then answers the same position.
StartPlan plan_start(const StartFacts& facts);

}  // namespace wharf::checkpoint
