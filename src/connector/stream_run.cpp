#include "connector/stream_run.h"

#include <utility>

namespace wharf::connector {

namespace {
using Status = protocol::StreamStatusTrace::Status;
}

StreamRun::StreamRun(StreamRequest request, PartitionIds& ids)
    : request_(std::move(request)), ids_(ids) {}

void StreamRun::say_started(StreamReader& reader, RecordOutput& output) {
  output.announce(stream_status(descriptor(), Status::started));
  protocol::EstimateTrace estimate;
  estimate.stream = descriptor();
  estimate.rows = reader.estimated_rows();
  estimate.bytes = reader.estimated_bytes();
  if (!estimate.rows && !estimate.bytes) return;
  output.announce(
      protocol::TraceMessage{.emitted_at = trace_time(), .body = std::move(estimate), .extra = {}});
}

std::size_t StreamRun::open_turn() {
  std::lock_guard lock(mutex_);
  return order_.open();
}

void StreamRun::say_running(RecordOutput& output) {
  std::lock_guard lock(mutex_);
  if (std::exchange(running_, true)) return;
  output.announce(stream_status(descriptor(), Status::running));
}

void StreamRun::cut(std::size_t turn, CutState state, bool last, RecordOutput& output) {
  std::lock_guard lock(mutex_);
  order_.add(turn, std::move(state));
  if (last) order_.close(turn);
  for (auto& ready : order_.take_ready()) say_state(std::move(ready), output);
}

void StreamRun::say_complete(StreamReader& reader, RecordOutput& output) {
  std::lock_guard lock(mutex_);
  WHARF_CHECK(order_.settled());
  if (next_state_id_ == 1) {
    say_state({.state = reader.empty_state(), .partition_id = ids_.next(), .rows = 0}, output);
  }
  output.announce(stream_status(descriptor(), Status::complete));
}

void StreamRun::say_state(CutState state, RecordOutput& output) {
  protocol::StateMessage message;
  message.type = protocol::StateMessage::Type::stream;
  message.stream.emplace();
  message.stream->descriptor = descriptor();
  message.stream->state = std::move(state.state);
  message.source_stats.emplace();
  message.source_stats->record_count = state.rows;
  if (!output.is_stdio()) {
    // On stdio the order of the lines says which rows a state covers, and the platform counts.
    message.id = next_state_id_;
    message.partition_id = std::move(state.partition_id);
  }
  ++next_state_id_;
  output.announce(message);
}

}  // namespace wharf::connector
