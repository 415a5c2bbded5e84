#include "replication/row_tally.h"

#include <utility>

namespace wharf::replication {

RowTally::RowTally(std::vector<protocol::StreamDescriptor> streams)
    : streams_(std::move(streams)), rows_(streams_.size()) {}

std::vector<bookkeeper::RowsCounted> RowTally::report() {
  unreported_ = 0;
  std::vector<bookkeeper::RowsCounted> changed;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].so_far == rows_[i].reported) continue;
    rows_[i].reported = rows_[i].so_far;
    changed.push_back({streams_[i], rows_[i].so_far, 0});
  }
  return changed;
}

std::vector<bookkeeper::StreamRows> RowTally::cover(const protocol::StateMessage& state) {
  const bool one = state.type == protocol::StateMessage::Type::stream && state.stream;
  if (!one) global_seen_ = true;
  std::vector<bookkeeper::StreamRows> covered;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (one && !(streams_[i] == state.stream->descriptor)) continue;
    covered.push_back({streams_[i], std::exchange(rows_[i].since_state, {})});
    rows_[i].has_state = true;
  }
  return covered;
}

}  // namespace wharf::replication
