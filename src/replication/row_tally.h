#pragma once

#include "bookkeeper/bookkeeper.h"

#include <wharf/protocol/state.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wharf::replication {

/// How many rows of each stream have passed the pump: in all, and since the newest state that
/// covers them. Pure. Streams go by their place in the list they were given in, and by their
/// source's names.
class RowTally {
 public:
  explicit RowTally(std::vector<protocol::StreamDescriptor> streams);

  /// One more row. True: a report is due, for it is its stream's first or one of many.
  bool count(std::uint32_t stream, std::size_t bytes) {
    ++rows_read_;
    Rows& rows = rows_[stream];
    const bookkeeper::RowCount one{1, static_cast<std::int64_t>(bytes)};
    rows.so_far += one;
    rows.since_state += one;
    return ++unreported_ >= kReportEvery || rows.so_far.rows == 1;
  }
  /// The next row makes a report due: what comes before it may hold for long.
  void report_with_next() { unreported_ = kReportEvery; }
  /// What has changed since the last report.
  std::vector<bookkeeper::RowsCounted> report();

  /// What a state covers that comes now: the rows of its stream, or of all, since the one before.
  std::vector<bookkeeper::StreamRows> cover(const protocol::StateMessage& state);
  /// A state has come for the stream, however many rows that covered.
  bool has_state(std::size_t stream) const { return global_seen_ || rows_[stream].has_state; }

  std::uint64_t rows_read() const { return rows_read_; }

 private:
  static constexpr std::size_t kReportEvery = 20'000;  // rows: a few times a second at full speed

  struct Rows {
    bookkeeper::RowCount so_far;
    bookkeeper::RowCount since_state;
    bookkeeper::RowCount reported;
    bool has_state = false;
  };

  const std::vector<protocol::StreamDescriptor> streams_;
  std::vector<Rows> rows_;  // in the order of the streams
  bool global_seen_ = false;
  std::size_t unreported_ = 0;
  std::uint64_t rows_read_ = 0;
};

}  // namespace wharf::replication
