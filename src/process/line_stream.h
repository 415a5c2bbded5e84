#pragma once

#include <base/unique_fd.h>
#include <process/watched_fd.h>
#include <wharf/error.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace wharf::process {

/// Some whole lines, without their line ends. The views hold until the next call of next().
struct LineBatch {
  std::vector<std::string_view> lines;
  bool ended = false;         ///< nothing will follow
  bool unterminated = false;  ///< the last line had no line end: perhaps a line torn by a death
};

/// Lines from a FIFO or another descriptor that can be polled. Reads only while somebody awaits
/// next(), so a slow consumer slows the writer. Belongs to one strand; to outlive the next() it has
/// under way.
class LineStream {
 public:
  /// A line longer than `line_limit` bytes fails the stream; it is neither cut nor skipped.
  LineStream(const boost::asio::any_io_executor& executor, base::UniqueFd fd,
             std::size_t line_limit);

  /// The lines that have come, at least one, or the end. Fails with `protocol_violation` at a line
  /// over the limit and with `environment` if the read fails; then nothing more will come.
  boost::asio::awaitable<Result<LineBatch>> next();

  /// The writer has exited: what still stands is given out, then the end, without waiting for the
  /// end of file, which a grandchild that holds the FIFO open may keep from coming.
  void finish();

 private:
  bool take_lines(LineBatch& batch);
  Result<bool> fill();
  void make_room();
  Error refuse_line();

  WatchedFd fd_;
  const std::size_t line_limit_;
  std::vector<char> buffer_;
  std::size_t taken_ = 0;                 // given out with the last batch
  std::size_t scanned_ = 0;               // holds no line end from taken_ to here
  std::size_t filled_ = 0;                // read up to here
  std::optional<std::size_t> remaining_;  // after finish(): bytes that still stand in the FIFO
  bool ended_ = false;
  bool too_long_ = false;  // what stands at taken_ begins a line over the limit
};

}  // namespace wharf::process
