#pragma once
// Counts and status per stream of one attempt (sync-semantics 4.4, 10.3). Pure.

#include <wharf/error.h>
#include <wharf/protocol/message.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "base/clock.h"

namespace wharf::bookkeeper {

/// Rows and their bytes.
struct RowCount {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;

  RowCount& operator+=(const RowCount& other) {
    rows += other.rows;
    bytes += other.bytes;
    return *this;
  }
  friend bool operator==(const RowCount&, const RowCount&) = default;
};

enum class RunState { pending, running, rate_limited, complete, incomplete };
std::string_view name_of(RunState state);  ///< "pending", …, "rate_limited"

/// Why a stream is incomplete.
enum class IncompleteCause { failed, cancelled };
std::string_view name_of(IncompleteCause cause);  ///< "failed", "canceled"

/// How an attempt has ended.
enum class Ending { succeeded, failed, cancelled };

struct StreamCounts {
  RowCount emitted;
  RowCount committed;
  std::int64_t filtered = 0;
  std::int64_t rejected = 0;
  std::optional<std::int64_t> rows_estimated;
  std::optional<std::int64_t> bytes_estimated;
  RunState state = RunState::pending;
  std::optional<std::int64_t> quota_reset;          ///< rate_limited: until then; epoch ms
  std::optional<IncompleteCause> incomplete_cause;  ///< incomplete
  bool source_complete = false;                     ///< the source said COMPLETE
  std::optional<base::WallTime> checkpoint_at;
};

using Streams = std::map<protocol::StreamDescriptor, StreamCounts>;

/// Keeps the counts of an attempt's streams. Words about streams outside the catalog are ignored,
/// but for one: that such a stream is complete.
///
/// A stream is complete when its source said COMPLETE and its destination has confirmed its last
/// state. Connectors older than stream statuses say none at all: then exit codes have to do, and
/// what an attempt has succeeded with is complete. A source that says the status of one stream is
/// to say it of all of them, so there silence is no COMPLETE. A stream that has never sent a state
/// owes no confirmation, but only a success shows that its rows are stored.
class StreamStats {
 public:
  explicit StreamStats(const std::vector<protocol::StreamDescriptor>& streams);

  /// The stream's rows so far: cumulative, and never less than before.
  void emitted(const protocol::StreamDescriptor& stream, RowCount so_far);
  /// Rows of it have come: it runs, and a rate limit is over.
  void moved(const protocol::StreamDescriptor& stream);
  /// Rows of this state, which its destination has confirmed.
  void committed(const protocol::StreamDescriptor& stream, RowCount more);
  /// What the destination itself says it has committed: cumulative; takes the place of our sums.
  void committed_in_all(const protocol::StreamDescriptor& stream, RowCount so_far);
  void filtered(const protocol::StreamDescriptor& stream, std::int64_t so_far);
  void rejected_in_all(const protocol::StreamDescriptor& stream, std::int64_t so_far);
  void checkpointed(const protocol::StreamDescriptor& stream, base::WallTime at);
  /// A later estimate replaces the earlier; both kinds in one attempt void them all.
  void estimated(const protocol::EstimateTrace& estimate);
  /// Fails (protocol_violation) on a COMPLETE for a stream outside the catalog: its source reads
  /// something else than it was asked to.
  Result<void> status(const protocol::StreamStatusTrace& trace);
  /// Its last state is confirmed and its source said COMPLETE.
  void completed(const protocol::StreamDescriptor& stream);
  /// What is not complete by now is incomplete; after a success only if its source does not call it
  /// complete, or if not `all_confirmed`: a state of it is still to be confirmed.
  void ended(Ending ending,
             const std::function<bool(const protocol::StreamDescriptor&)>& all_confirmed);

  const Streams& streams() const { return streams_; }
  StreamCounts total() const;
  std::optional<std::int64_t> rows_estimated_in_all() const { return sync_rows_; }

 private:
  StreamCounts* find(const protocol::StreamDescriptor& stream);

  Streams streams_;
  bool statuses_said_ = false;           ///< of any stream: the source knows the word
  std::optional<bool> estimates_whole_;  ///< which kind came first
  bool estimates_void_ = false;
  std::optional<std::int64_t> sync_rows_;
};

}  // namespace wharf::bookkeeper
