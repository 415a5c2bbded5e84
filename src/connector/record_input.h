#pragma once

#include <wharf/record/wire.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "connector/data_channel.h"
#include "connector/stop.h"

namespace wharf::connector {

/// One channel's bytes that have come and are not consumed yet, and its reader.
class InputChannel {
 public:
  InputChannel(base::UniqueFd owned, int fd, std::unique_ptr<record::WireReader> reader,
               std::size_t capacity);

  record::WireReader& reader() { return *reader_; }
  std::string_view bytes() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t size) { begin_ += size; }
  bool ended() const { return ended_; }

 private:
  friend class RecordInput;
  void make_room();

  base::UniqueFd owned_;  // none for stdin
  int fd_;
  std::unique_ptr<record::WireReader> reader_;
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
};

/// All channels of a write, read by one thread: decoding and storing share it, so that rows are
/// used while they are warm and no queue stands between.
class RecordInput {
 public:
  /// Connects to every socket (waiting for the source to make them), or takes `stdin_fd`.
  /// `line_limit`: the longest record in bytes.
  RecordInput(const DataChannel& channel, int stdin_fd,
              const std::vector<record::ReadStream>& streams, std::size_t line_limit,
              const Stop& stop);

  std::size_t channels() const { return channels_.size(); }
  bool ended() const { return open_ == 0; }
  /// Waits for bytes, or an end, on any channel and returns it; null when `timeout` passes first.
  /// Unconsumed bytes of the former call may move. Throws Stopped.
  InputChannel* wait(std::optional<std::chrono::milliseconds> timeout);

 private:
  bool read_now(InputChannel& channel);
  bool read_stdin(InputChannel& channel, int timeout_millis);
  void took(InputChannel& channel, std::size_t size);

  const Stop& stop_;
  bool is_stdio_;
  std::vector<InputChannel> channels_;
  std::size_t open_ = 0;
  std::size_t next_ = 0;  // channels are asked in turn
};

}  // namespace wharf::connector
