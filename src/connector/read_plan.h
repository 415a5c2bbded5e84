#pragma once

#include <wharf/connector/source.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "connector/stream_run.h"

namespace wharf::connector {

/// The failure of a read, with the stream it happened in.
struct ReadFailure {
  Error error;
  std::optional<protocol::StreamDescriptor> stream;
};

/// Hands out the partitions of all streams to threads: streams in the order of the catalog, a
/// stream's partitions in its reader's order. Streams are opened when their turn comes. Any thread.
class ReadPlan {
 public:
  struct Work {
    StreamRun* run = nullptr;
    std::size_t stream = 0;
    std::size_t turn = 0;
    std::unique_ptr<Partition> partition;
  };

  /// Borrows source and config for its life.
  ReadPlan(Source& source, const nlohmann::json& config, std::vector<StreamRequest> requests,
           std::uint64_t seed);

  /// The next partition; waits while one may still come, and flushes `output` before it does. Null:
  /// there is no work left, or the read has failed. Says STARTED, and COMPLETE where a stream ends.
  std::optional<Work> take(RecordOutput& output);
  /// The partition was read to its end and its last state cut.
  void finished(const Work& work, RecordOutput& output);

  /// Ends the read; the first failure counts.
  void fail(ReadFailure failure);
  /// Cheap: asked between batches, so that no thread reads on for a read that has failed.
  bool has_failed() const { return has_failed_.load(std::memory_order_relaxed); }
  std::optional<ReadFailure> failure() const;

 private:
  struct Entry {
    std::unique_ptr<StreamRun> run;
    std::unique_ptr<StreamReader> reader;  // null before its turn and after its end
    std::size_t open_partitions = 0;
    bool exhausted = false;
  };

  std::optional<Work> try_take(RecordOutput& output);
  bool may_hand_out(const Entry& entry) const;
  void open(Entry& entry, RecordOutput& output);
  void end_if_done(Entry& entry, RecordOutput& output);
  void note(ReadFailure failure);
  bool nothing_left() const;

  Source& source_;
  const nlohmann::json& config_;
  PartitionIds ids_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;
  std::optional<ReadFailure> failure_;
  std::atomic<bool> has_failed_{false};
};

}  // namespace wharf::connector
