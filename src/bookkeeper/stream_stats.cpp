#include "bookkeeper/stream_stats.h"

#include <algorithm>

namespace wharf::bookkeeper {
namespace {

RowCount larger(const RowCount& a, const RowCount& b) {
  return {std::max(a.rows, b.rows), std::max(a.bytes, b.bytes)};
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
  if (so_far.rows > counts->emitted.rows &&
      (counts->state == RunState::pending || counts->state == RunState::rate_limited))
    counts->state = RunState::running;
  counts->emitted = larger(counts->emitted, so_far);
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

void StreamStats::status(const protocol::StreamStatusTrace& trace) {
  using Status = protocol::StreamStatusTrace::Status;
  auto* counts = find(trace.stream);
  if (counts == nullptr || counts->state == RunState::complete) return;
  switch (trace.status) {
    case Status::started:
      counts->state = RunState::running;
      break;
    case Status::running:
      counts->state = trace.rate_limited ? RunState::rate_limited : RunState::running;
      break;
    case Status::complete:
      counts->source_complete = true;
      counts->state = RunState::running;  // until its last state is confirmed
      break;
    case Status::incomplete:
      counts->state = RunState::incomplete;
      break;
  }
}

void StreamStats::completed(const protocol::StreamDescriptor& stream) {
  if (auto* counts = find(stream)) counts->state = RunState::complete;
}

void StreamStats::ended(bool succeeded) {
  for (auto& [stream, counts] : streams_)
    if (counts.state != RunState::complete)
      counts.state = succeeded ? RunState::complete : RunState::incomplete;
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
