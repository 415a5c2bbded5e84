#pragma once

#include <wharf/connector/destination.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connector/coverage.h"

namespace wharf::connector {

/// What is covered and not committed yet: it makes commits, at most about one a second, and then
/// says which states they confirm. Pure: time comes in as an argument. One thread.
class Confirmations {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Confirmations(std::vector<protocol::StreamDescriptor> streams, Time now);

  /// Rows of a stream that were appended for good: those a state covers, or that come after the
  /// last one of a stream that is complete.
  void add_rows(std::size_t stream, std::int64_t rows, std::int64_t bytes);
  /// A state whose rows have been added.
  void add_state(protocol::StateMessage state, std::size_t stream, std::int64_t rows);
  /// The stream's next commit is its last.
  void complete(std::size_t stream);

  /// What is covered of this stream is not all committed.
  bool waits(std::size_t stream) const {
    return streams_[stream].waiting || !global_lines_.empty();
  }
  /// Something waits that should be committed now: a stream's last commit, or anything when so much
  /// has gathered or the last commit is so long ago.
  bool is_due(Time now) const;
  /// When it will be, if something waits.
  std::optional<std::chrono::milliseconds> due_in(Time now) const;

  /// All that may be committed now, or null. A stream that is not `clean` has appended rows that
  /// nothing covers: it stays out, and while there is one no GLOBAL state is committed.
  std::optional<Commit> make_commit(const std::function<bool(std::size_t)>& clean) const;
  /// The commit is durable: the states it confirms, as lines.
  std::string confirm(const Commit& commit, Time now);

 private:
  struct Stream {
    protocol::StreamDescriptor descriptor;
    std::int64_t records = 0;  // cumulative
    std::int64_t bytes = 0;
    std::optional<protocol::JsonText> state;  // the newest, of type STREAM
    std::deque<std::string> lines;            // to say once committed
    std::int64_t waiting_bytes = 0;
    bool waiting = false;
    bool completing = false;
    Time committed_at;
  };

  void count(protocol::StateMessage& state, std::size_t stream) const;
  std::optional<Time> due_at(const Stream& stream) const;
  static void add_line(std::deque<std::string>& lines, const protocol::StateMessage& state);

  std::vector<Stream> streams_;
  bool is_global_ = false;
  std::optional<protocol::JsonText> global_;
  std::deque<std::string> global_lines_;
};

}  // namespace wharf::connector
