#pragma once

#include "base/unique_fd.h"
#include "bookkeeper/bookkeeper.h"
#include "process/watched_fd.h"
#include "replication/pump_output.h"
#include "replication/record_line.h"
#include "replication/row_tally.h"

#include <wharf/error.h>
#include <wharf/protocol/codec.h>
#include <wharf/protocol/context.h>

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace wharf::replication {

/// What the pump hands on. Called on its strand, in the order of the lines; while one of them
/// waits, the source waits.
struct PumpEvents {
  /// A state, with its id and counts, before the destination can have read it.
  std::function<boost::asio::awaitable<void>(bookkeeper::StateEmitted)> state;
  /// A line that is neither record nor state.
  std::function<boost::asio::awaitable<void>(std::string_view)> line;
  /// How many rows have passed so far, now and then and at the end.
  std::function<void(bookkeeper::RowsCounted)> counted;
};

/// Source's stdout → destination's stdin, in order: records as the bytes they are, or rewritten
/// where names are mapped or fields chosen (record_line.h); states with the id and counts that the
/// destination waits for. Belongs to one strand.
class StdioPump {
 public:
  struct Options {
    std::size_t line_limit = protocol::kLineLimit;  ///< bytes; a longer one fails by name
    /// Full-refresh streams: each gets an empty state at the end if its source sent none.
    std::vector<protocol::StreamDescriptor> full_refresh;
    /// The destination wants to be told of each stream that it is complete (data-plane 5.4).
    bool says_complete = false;
  };

  StdioPump(const boost::asio::any_io_executor& executor, base::UniqueFd from, base::UniqueFd to,
            std::vector<PumpStream> streams, Options options, PumpEvents events);

  /// Moves lines until the source's output ends. A fault's origin says whose it is. A destination
  /// that no longer reads is no fault of the pump: what follows is read and dropped.
  boost::asio::awaitable<Result<void>> run();

  /// The source has exited: what still stands in its FIFO is the rest, whoever holds it open.
  void source_exited();

  /// Closes the destination's input; if the source read everything (`complete`), missing states
  /// go first, and each stream's COMPLETE where it is wanted.
  boost::asio::awaitable<void> finish(bool complete);
  /// Gives up on a destination that does not read: its input is closed as it stands.
  void abandon() { out_.abandon(); }

  /// How many rows it has read so far, and how many bytes the destination has taken.
  std::uint64_t rows_read() const { return tally_.rows_read(); }
  std::uint64_t bytes_taken() const { return out_.bytes_taken(); }
  /// Whether it has something for the destination that it does not take now.
  bool is_blocked() const { return out_.is_blocked(); }

  /// The source's name of a stream that the destination speaks of.
  protocol::StreamDescriptor source_name(const protocol::StreamDescriptor& destination_name) const;

 private:
  boost::asio::awaitable<Result<bool>> fill();
  boost::asio::awaitable<Result<void>> take_lines();
  [[nodiscard]] bool take_record(std::string_view line, const Look& look);
  boost::asio::awaitable<Result<void>> take(std::string_view line);
  boost::asio::awaitable<void> take_state(protocol::StateMessage state);
  boost::asio::awaitable<void> flush();
  void report_counts();
  void put_line(const auto& message);
  Result<void> room_for_more();
  Error too_long(std::string_view line) const;

  process::WatchedFd from_;
  const Options options_;
  PumpEvents events_;
  RecordLines lines_;
  RowTally tally_;
  PumpOutput out_;
  protocol::LineReader reader_;
  std::int64_t last_id_ = 0;  // of a state

  // What was read: [0, filled_), whole lines up to taken_.
  std::vector<char> buffer_;
  std::size_t taken_ = 0;
  std::size_t scanned_ = 0;
  std::size_t filled_ = 0;
  bool exited_ = false;
};

}  // namespace wharf::replication
