#include "connector/record_input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "connector/data_socket.h"

namespace wharf::connector {

namespace {

constexpr std::size_t kBytes = std::size_t{512} << 10;
constexpr std::size_t kBytesOfMany = std::size_t{192} << 10;  // more than four share memory
constexpr int kPipeBytes = 1 << 20;

}  // namespace

InputChannel::InputChannel(base::UniqueFd owned, int fd, std::unique_ptr<record::WireReader> reader,
                           std::size_t capacity)
    : owned_(std::move(owned)),
      fd_(fd),
      reader_(std::move(reader)),
      bytes_(std::make_unique_for_overwrite<char[]>(capacity)),
      capacity_(capacity) {}

/// What is left is the begin of one frame: it moves to the front, and when it fills everything the
/// room is doubled. The reader's limit ends this.
void InputChannel::make_room() {
  std::size_t rest = end_ - begin_;
  if (rest * 2 > capacity_) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
    std::memcpy(larger.get(), bytes_.get() + begin_, rest);
    bytes_ = std::move(larger);
    capacity_ *= 2;
  } else if (begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, rest);
  }
  begin_ = 0;
  end_ = rest;
}

RecordInput::RecordInput(const DataChannel& channel, int stdin_fd,
                         const std::vector<record::ReadStream>& streams, std::size_t line_limit,
                         const Stop& stop)
    : stop_(stop), is_stdio_(channel.is_stdio()) {
  // A frame of BATCH is many records, and its own affair.
  if (channel.form == record::WireForm::batch) {
    line_limit = std::max(line_limit, protocol::kLineLimit);
  }
  auto make_reader = [&] { return record::make_wire_reader(channel.form, streams, line_limit); };
  if (is_stdio_) {
    ::fcntl(stdin_fd, F_SETPIPE_SZ, kPipeBytes);  // fewer wake-ups; what is no pipe refuses
    channels_.emplace_back(base::UniqueFd(), stdin_fd, make_reader(), kBytes);
  }
  auto capacity = channel.sockets.size() > 4 ? kBytesOfMany : kBytes;
  for (const auto& path : channel.sockets) {
    auto socket = connect_to(path, stop);
    int fd = socket.get();
    channels_.emplace_back(std::move(socket), fd, make_reader(), capacity);
  }
  open_ = channels_.size();
}

InputChannel* RecordInput::wait(std::optional<std::chrono::milliseconds> timeout) {
  int timeout_millis = timeout ? static_cast<int>(timeout->count()) : -1;
  stop_.throw_if_asked();
  if (is_stdio_) return read_stdin(channels_[0], timeout_millis) ? &channels_[0] : nullptr;

  for (bool polled = false;; polled = true) {
    for (std::size_t tried = 0; tried < channels_.size(); ++tried) {
      InputChannel& channel = channels_[next_];
      next_ = (next_ + 1) % channels_.size();
      if (!channel.ended_ && read_now(channel)) return &channel;
    }
    if (polled) return nullptr;
    std::vector<pollfd> waited{{stop_.descriptor(), POLLIN, 0}};
    for (const auto& channel : channels_) {
      if (!channel.ended_) waited.push_back({channel.fd_, POLLIN, 0});
    }
    ::poll(waited.data(), waited.size(), timeout_millis);
    stop_.throw_if_asked();
  }
}

bool RecordInput::read_now(InputChannel& channel) {
  channel.make_room();
  auto got = receive_some(channel.fd_, channel.bytes_.get() + channel.end_,
                          channel.capacity_ - channel.end_);
  if (!got) return false;
  took(channel, *got);
  return true;
}

bool RecordInput::read_stdin(InputChannel& channel, int timeout_millis) {
  if (!wait_ready(channel.fd_, POLLIN, stop_, timeout_millis)) return false;
  channel.make_room();
  auto got =
      ::read(channel.fd_, channel.bytes_.get() + channel.end_, channel.capacity_ - channel.end_);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (got < 0) throw std::system_error(errno, std::generic_category(), "reading stdin");
  took(channel, static_cast<std::size_t>(got));
  return true;
}

void RecordInput::took(InputChannel& channel, std::size_t size) {
  channel.end_ += size;
  if (size > 0) return;
  channel.ended_ = true;
  --open_;
}

}  // namespace wharf::connector
