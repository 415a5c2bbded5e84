#include "process/line_stream.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wharf::process {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// A buffer that one long line made larger than this is given back once the line is out.
constexpr std::size_t kBufferBytesKept = 1024 * 1024;

}  // namespace

LineStream::LineStream(const boost::asio::any_io_executor& executor, base::UniqueFd fd,
                       std::size_t line_limit)
    : fd_(executor, std::move(fd)), line_limit_(line_limit), buffer_(kBufferBytes) {}

// Moves the whole lines of the buffer into `batch`, up to one over the limit.
bool LineStream::take_lines(LineBatch& batch) {
  const char* const data = buffer_.data();
  while (const void* found = std::memchr(data + scanned_, '\n', filled_ - scanned_)) {
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - data);
    if (end - taken_ > line_limit_) break;
    batch.lines.emplace_back(data + taken_, end - taken_);
    taken_ = scanned_ = end + 1;
  }
  scanned_ = filled_;
  too_long_ = filled_ - taken_ > line_limit_;
  if (too_long_) return true;
  if (ended_ && taken_ < filled_) {
    batch.lines.emplace_back(data + taken_, filled_ - taken_);
    batch.unterminated = true;
    taken_ = filled_;
  }
  batch.ended = ended_;
  return ended_ || !batch.lines.empty();
}

// Puts the started line at the front and sees that something can be read behind it.
void LineStream::make_room() {
  const std::size_t begun = filled_ - taken_;
  if (taken_ > 0 && begun > 0) std::memmove(buffer_.data(), buffer_.data() + taken_, begun);
  taken_ = 0;
  scanned_ = filled_ = begun;
  if (buffer_.size() > kBufferBytesKept && begun < kBufferBytes) {
    buffer_.resize(kBufferBytes);
    buffer_.shrink_to_fit();
  }
  if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
}

// One read. False: it would block.
Result<bool> LineStream::fill() {
  std::size_t room = buffer_.size() - filled_;
  if (remaining_) room = std::min(room, *remaining_);
  const auto count = room > 0 ? ::read(fd_.get(), buffer_.data() + filled_, room) : 0;
  if (count < 0 && errno == EINTR) return true;
  if (count < 0 && errno == EAGAIN) {
    ended_ = remaining_.has_value();
    return ended_;
  }
  if (count < 0) {
    return Error{ErrorCode::environment, fmt::format("read: {}", std::strerror(errno))};
  }
  ended_ = count == 0;
  filled_ += static_cast<std::size_t>(count);
  if (remaining_) *remaining_ -= static_cast<std::size_t>(count);
  return true;
}

boost::asio::awaitable<Result<LineBatch>> LineStream::next() {
  LineBatch batch;
  if (too_long_) co_return refuse_line();
  while (!take_lines(batch)) {
    make_room();
    auto read = fill();
    if (!read) co_return std::move(read).error();
    // A cancelled wait means finish(): the next read ends at what stands.
    if (!*read) co_await fd_.readable();
  }
  // The lines before one that is too long are given out first.
  if (too_long_ && batch.lines.empty()) co_return refuse_line();
  co_return batch;
}

Error LineStream::refuse_line() {
  too_long_ = false;
  ended_ = true;
  taken_ = scanned_ = filled_;
  return {ErrorCode::protocol_violation, fmt::format("a line of more than {} bytes", line_limit_)};
}

void LineStream::finish() {
  if (remaining_) return;
  int standing = 0;
  if (::ioctl(fd_.get(), FIONREAD, &standing) != 0) standing = 0;
  remaining_ = static_cast<std::size_t>(standing);
  fd_.cancel();
}

}  // namespace wharf::process
