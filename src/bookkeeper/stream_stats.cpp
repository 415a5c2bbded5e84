#include "bookkeeper/stream_stats.h"

#include <algorithm>

namespace wharf::bookkeeper {
namespace {

RowCount larger(const RowCount& a, const RowCount& b) {
  return {std::max(a.rows, b.rows), std::max(a.bytes, b.bytes)};
}

// What people would call one: in the years 1970 to 9999.
bool is_known_time(const std::optional<std::int64_t>& millis) {
  return millis && *millis >= 0 && *millis <= 253'402'300'799'999;
}

// Neither held up nor given up, whatever it was before.
void run_on(StreamCounts& counts) {
  counts.state = RunState::running;
  counts.quota_reset.reset();
  counts.incomplete_cause.reset();
}

void add_estimate(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

}  // namespace

std::string_view name_of(RunState state) {
  switch (state) {
    case RunState::pending:
      return "pending";
    case RunState::running:
      return "running";
    case RunState::rate_limited:
      return "rate_limited";
    case RunState::complete:
      return "complete";
    case RunState::incomplete:
      return "incomplete";
  }
  return "pending";
}

std::string_view name_of(IncompleteCause cause) {
  return cause == IncompleteCause::cancelled ? "canceled" : "failed";
}

StreamStats::StreamStats(const std::vector<protocol::StreamDescriptor>& streams) {
  for (const auto& stream : streams) streams_[stream];
}

StreamCounts* StreamStats::find(const protocol::StreamDescriptor& stream) {
  const auto at = streams_.find(stream);
  return at == streams_.end() ? nullptr : &at->second;
}

void StreamStats::emitted(const protocol::StreamDescriptor& stream, RowCount so_far) {
  auto* counts = find(stream);
  if (counts == nullptr) return;
  if (so_far.rows > counts->emitted.rows) moved(stream);
  counts->emitted = larger(counts->emitted, so_far);
}

void StreamStats::moved(const protocol::StreamDescriptor& stream) {
  auto* counts = find(stream);
  if (counts == nullptr) return;
  if (counts->state == RunState::pending || counts->state == RunState::rate_limited)
    run_on(*counts);
}

void StreamStats::committed(const protocol::StreamDescriptor& stream, RowCount more) {
  auto* counts = find(stream);
  if (counts == nullptr) return;
  counts->committed += more;
  counts->emitted = larger(counts->emitted, counts->committed);
}

void StreamStats::committed_in_all(const protocol::StreamDescriptor& stream, RowCount so_far) {
  auto* counts = find(stream);
  if (counts == nullptr) return;
  counts->committed = so_far;
  counts->emitted = larger(counts->emitted, so_far);
}

void StreamStats::filtered(const protocol::StreamDescriptor& stream, std::int64_t so_far) {
  if (auto* counts = find(stream)) counts->filtered = std::max(counts->filtered, so_far);
}

void StreamStats::rejected_in_all(const protocol::StreamDescriptor& stream, std::int64_t so_far) {
  if (auto* counts = find(stream)) counts->rejected = std::max(counts->rejected, so_far);
}

void StreamStats::checkpointed(const protocol::StreamDescriptor& stream, base::WallTime at) {
  if (auto* counts = find(stream)) counts->checkpoint_at = at;
}

void StreamStats::estimated(const protocol::EstimateTrace& estimate) {
  if (estimates_void_) return;
  if (estimates_whole_.has_value() && *estimates_whole_ != estimate.whole_sync) {
    estimates_void_ = true;
    sync_rows_.reset();
    for (auto& [stream, counts] : streams_) {
      counts.rows_estimated.reset();
      counts.bytes_estimated.reset();
    }
    return;
  }
  estimates_whole_ = estimate.whole_sync;
  if (estimate.whole_sync) {
    sync_rows_ = estimate.rows;
  } else if (auto* counts = find(estimate.stream)) {
    counts->rows_estimated = estimate.rows;
    counts->bytes_estimated = estimate.bytes;
  }
}

Result<void> StreamStats::status(const protocol::StreamStatusTrace& trace) {
  using Status = protocol::StreamStatusTrace::Status;
  statuses_said_ = true;
  auto* counts = find(trace.stream);
  if (counts == nullptr) {
    if (trace.status != Status::complete) return {};
    return Error{ErrorCode::protocol_violation,
                 "the source calls stream '" + protocol::to_string(trace.stream) +
                     "' complete, which is not in the catalog",
                 Origin::source};
  }
  if (counts->state == RunState::complete) return {};
  run_on(*counts);
  switch (trace.status) {
    case Status::started:
      break;
    case Status::running:
      if (!trace.rate_limited) break;
      counts->state = RunState::rate_limited;
      if (is_known_time(trace.quota_reset)) counts->quota_reset = trace.quota_reset;
      break;
    case Status::complete:
      counts->source_complete = true;  // it runs on until its last state is confirmed
      break;
    case Status::incomplete:
      counts->source_complete = false;
      counts->state = RunState::incomplete;
      counts->incomplete_cause = IncompleteCause::failed;
      break;
  }
  return {};
}

void StreamStats::completed(const protocol::StreamDescriptor& stream) {
  auto* counts = find(stream);
  if (counts == nullptr) return;
  run_on(*counts);
  counts->state = RunState::complete;
}

void StreamStats::ended(
    Ending ending, const std::function<bool(const protocol::StreamDescriptor&)>& all_confirmed) {
  for (auto& [stream, counts] : streams_) {
    if (counts.state == RunState::complete || counts.state == RunState::incomplete) continue;
    if (ending == Ending::succeeded && (counts.source_complete || !statuses_said_) &&
        all_confirmed(stream)) {
      completed(stream);
      continue;
    }
    run_on(counts);
    counts.state = RunState::incomplete;
    counts.incomplete_cause =
        ending == Ending::cancelled ? IncompleteCause::cancelled : IncompleteCause::failed;
  }
}

StreamCounts StreamStats::total() const {
  StreamCounts total;
  for (const auto& [stream, counts] : streams_) {
    total.emitted += counts.emitted;
    total.committed += counts.committed;
    total.filtered += counts.filtered;
    total.rejected += counts.rejected;
    add_estimate(total.rows_estimated, counts.rows_estimated);
    add_estimate(total.bytes_estimated, counts.bytes_estimated);
    if (counts.checkpoint_at > total.checkpoint_at) total.checkpoint_at = counts.checkpoint_at;
  }
  if (sync_rows_) total.rows_estimated = sync_rows_;
  return total;
}

}  // namespace wharf::bookkeeper
