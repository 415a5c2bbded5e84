#pragma once

#include "base/unique_fd.h"
#include "process/watched_fd.h"

#include <wharf/record/buffer.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wharf::replication {

/// What the pump writes to the destination's stdin: lines out of the buffer they were read into,
/// and lines made here, in their order. A destination that no longer reads is no fault: what goes
/// out to it is dropped. Belongs to one strand.
class PumpOutput {
 public:
  PumpOutput(const boost::asio::any_io_executor& executor, base::UniqueFd to);

  /// Next goes that extent of the buffer.
  void forward(std::size_t begin, std::size_t size) { add({false, begin, size}); }
  /// Next goes what `made()` holds from `begin` on, its size before that was appended.
  void add_made(std::size_t begin) { add({true, begin, made_.size() - begin}); }
  record::Buffer& made() { return made_; }

  /// Writes all that is to go out; extents are of `buffer`, which stays as it is meanwhile.
  boost::asio::awaitable<void> flush(char* buffer);
  /// The destination reads its end of input.
  void close() { to_.close(); }
  /// Gives up on the destination, also while it is waited for.
  void abandon();

  std::uint64_t bytes_taken() const { return bytes_taken_; }
  /// Whether it has something for the destination that it does not take now.
  bool is_blocked() const { return blocked_; }

 private:
  struct Piece {
    bool made;
    std::size_t begin;
    std::size_t size;
  };
  void add(Piece piece);
  std::size_t drop_written(std::size_t next, std::size_t bytes);

  process::WatchedFd to_;
  std::vector<Piece> pieces_;
  record::Buffer made_;
  bool destination_gone_ = false;
  bool blocked_ = false;
  std::uint64_t bytes_taken_ = 0;
};

}  // namespace wharf::replication
