#pragma once

#include <wharf/connector/source.h>

#include <memory>
#include <mutex>
#include <string>

#include "connector/partition_ids.h"
#include "connector/record_output.h"
#include "connector/state_order.h"

namespace wharf::connector {

/// What is said of one stream while it is read: statuses and states, in their order, whichever
/// threads read its partitions. Any thread; `ids` outlives it.
class StreamRun {
 public:
  StreamRun(StreamRequest request, PartitionIds& ids);

  const StreamRequest& request() const { return request_; }
  const protocol::StreamDescriptor& descriptor() const { return request_.stream.stream.descriptor; }

  /// STARTED, and the estimate if the reader knows one.
  void say_started(StreamReader& reader, RecordOutput& output);
  /// A partition is handed out: its turn among the stream's states.
  std::size_t open_turn();
  /// A name for the rows from here to the next state.
  std::string new_partition_id() { return ids_.next(); }
  /// The first rows are there: RUNNING, once.
  void say_running(RecordOutput& output);
  /// Takes a state for its turn, its last one maybe, and says all states whose turn has come.
  void cut(std::size_t turn, CutState state, bool last, RecordOutput& output);
  /// All is read: the state of a stream that had no partition, and COMPLETE.
  void say_complete(StreamReader& reader, RecordOutput& output);

 private:
  void say_state(CutState state, RecordOutput& output);

  StreamRequest request_;
  PartitionIds& ids_;
  // Held while stdout is written, so that the platform hears a stream's states in their order.
  std::mutex mutex_;
  StateOrder order_;
  std::int64_t next_state_id_ = 1;
  bool running_ = false;
};

}  // namespace wharf::connector
