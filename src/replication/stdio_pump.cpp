#include "replication/stdio_pump.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wharf::replication {
namespace {

namespace asio = boost::asio;
using protocol::StateMessage;

constexpr std::size_t kBuffer = std::size_t{1} << 20;

// A megabyte in the pipe means few wake-ups; an unprivileged user may have less, which is no error.
base::UniqueFd widened(base::UniqueFd pipe) {
  ::fcntl(pipe.get(), F_SETPIPE_SZ, static_cast<int>(kBuffer));
  return pipe;
}

std::vector<protocol::StreamDescriptor> source_names(const std::vector<PumpStream>& streams) {
  std::vector<protocol::StreamDescriptor> names;
  for (const auto& stream : streams) names.push_back(stream.from);
  return names;
}

Error source_fault(std::string message) {
  return Error{ErrorCode::protocol_violation, std::move(message), Origin::source};
}

protocol::TraceMessage completion_of(const protocol::StreamDescriptor& stream) {
  protocol::TraceMessage trace;
  trace.body = protocol::StreamStatusTrace{stream, protocol::StreamStatusTrace::Status::complete,
                                           false, std::nullopt};
  return trace;
}

}  // namespace

StdioPump::StdioPump(const asio::any_io_executor& executor, base::UniqueFd from, base::UniqueFd to,
                     std::vector<PumpStream> streams, Options options, PumpEvents events)
    : from_(executor, widened(std::move(from))),
      options_(std::move(options)),
      events_(std::move(events)),
      lines_(std::move(streams)),
      tally_(source_names(lines_.streams())),
      out_(executor, widened(std::move(to))),
      buffer_(kBuffer) {}

asio::awaitable<Result<void>> StdioPump::run() {
  for (;;) {
    auto more = co_await fill();
    if (!more) co_return std::move(more).error();
    auto taken = co_await take_lines();
    co_await flush();
    if (!taken) co_return taken;
    if (!*more) break;
    if (auto room = room_for_more(); !room) co_return room;
  }
  report_counts();
  if (taken_ == filled_) co_return Result<void>();
  const std::string_view rest(buffer_.data() + taken_, filled_ - taken_);
  const Look look = lines_.look(rest);
  if (look.kind == Look::Kind::other) {  // a word without a line end
    co_await events_.line(rest);
    co_return Result<void>();
  }
  co_return source_fault(fmt::format(
      "the source's output ends in the middle of a line, after {} bytes of it", rest.size()));
}

void StdioPump::source_exited() {
  exited_ = true;
  from_.cancel();
}

// Reads what has come. False: there will be no more.
asio::awaitable<Result<bool>> StdioPump::fill() {
  for (;;) {
    const auto got = ::read(from_.get(), buffer_.data() + filled_, buffer_.size() - filled_);
    if (got > 0) {
      filled_ += static_cast<std::size_t>(got);
      co_return true;
    }
    if (got == 0) co_return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      co_return Error{ErrorCode::environment,
                      fmt::format("reading the source's output: {}", std::strerror(errno)),
                      Origin::platform};
    }
    if (exited_) co_return false;
    co_await from_.readable();
  }
}

asio::awaitable<Result<void>> StdioPump::take_lines() {
  for (;;) {
    const char* from = buffer_.data() + scanned_;
    const auto* end = static_cast<const char*>(std::memchr(from, '\n', filled_ - scanned_));
    if (end == nullptr) {
      scanned_ = filled_;
      co_return Result<void>();
    }
    const auto line_end = static_cast<std::size_t>(end - buffer_.data());
    const std::string_view line(buffer_.data() + taken_, line_end - taken_);
    if (line.size() > options_.line_limit) co_return too_long(line);
    const Look look = lines_.look(line);
    if (look.kind == Look::Kind::record) {  // most of them: without a coroutine's frame
      if (!take_record(line, look)) {
        co_return source_fault(
            fmt::format("a record's data is no JSON object (a line of {} bytes)", line.size()));
      }
    } else if (look.kind == Look::Kind::other) {
      if (auto taken = co_await take(line); !taken) co_return taken;
    } else if (look.kind != Look::Kind::empty_record) {
      co_return source_fault(fmt::format("{} (a line of {} bytes)", look.why, line.size()));
    }
    taken_ = scanned_ = line_end + 1;
  }
}

// False: its data is to be rewritten and is no JSON object.
bool StdioPump::take_record(std::string_view line, const Look& look) {
  if (tally_.count(look.stream, look.data_bytes)) report_counts();
  if (look.unchanged) {
    out_.forward(taken_, line.size() + 1);
    return true;
  }
  const std::size_t begin = out_.made().size();
  if (!lines_.rewrite(line, look, out_.made())) return false;
  out_.add_made(begin);
  return true;
}

asio::awaitable<Result<void>> StdioPump::take(std::string_view line) {
  auto parsed = reader_.parse(line);
  if (auto* broken = std::get_if<protocol::Broken>(&parsed)) {
    co_return source_fault(
        fmt::format("the source printed a broken line of {} bytes: {}", line.size(), broken->why));
  }
  auto* message = std::get_if<protocol::Message>(&parsed);
  auto* state = message == nullptr ? nullptr : std::get_if<StateMessage>(message);
  if (state == nullptr) {
    tally_.report_with_next();  // what it said may hold until that, and ends with it
    co_await events_.line(line);
  } else {
    co_await take_state(std::move(*state));
  }
  co_return Result<void>();
}

asio::awaitable<void> StdioPump::take_state(StateMessage state) {
  auto rows = tally_.cover(state);
  if (!state.source_stats) state.source_stats.emplace();
  if (!state.source_stats->record_count) {
    std::int64_t sum = 0;
    for (const auto& each : rows) sum += each.rows.rows;
    state.source_stats->record_count = sum;
  }
  last_id_ = state.id ? std::max(last_id_, *state.id) : last_id_ + 1;
  if (!state.id) state.id = last_id_;
  bookkeeper::StateEmitted emitted{state, std::move(rows)};
  co_await events_.state(std::move(emitted));
  if (state.type == StateMessage::Type::stream && state.stream) {
    for (const auto& stream : lines_.streams()) {
      if (stream.from == state.stream->descriptor) state.stream->descriptor = stream.to;
    }
  }
  put_line(state);
}

// A line of our own.
void StdioPump::put_line(const auto& message) {
  std::string line;
  protocol::append_line(line, message);
  const std::size_t begin = out_.made().size();
  out_.made().append(line);
  out_.add_made(begin);
}

void StdioPump::report_counts() {
  for (auto& rows : tally_.report()) events_.counted(std::move(rows));
}

// Writes everything that is to go out, then makes room at the front of the buffer.
asio::awaitable<void> StdioPump::flush() {
  co_await out_.flush(buffer_.data());
  std::memmove(buffer_.data(), buffer_.data() + taken_, filled_ - taken_);
  filled_ -= taken_;
  scanned_ -= taken_;
  taken_ = 0;
}

// A line longer than the buffer: the buffer grows, up to the limit.
Result<void> StdioPump::room_for_more() {
  if (filled_ < buffer_.size()) return {};
  if (filled_ > options_.line_limit) return too_long({buffer_.data(), filled_});
  buffer_.resize(std::min(buffer_.size() * 2, options_.line_limit + kBuffer));
  return {};
}

// A line that has come so far, or whole.
Error StdioPump::too_long(std::string_view line) const {
  const auto head = line.substr(0, 4096);
  std::string stream;
  for (const auto& each : lines_.streams()) {
    if (head.find('"' + each.from.name + '"') != std::string_view::npos) {
      stream = fmt::format(" of stream '{}'", protocol::to_string(each.from));
    }
  }
  return source_fault(
      fmt::format("the source printed a line{} of {} bytes or more; the limit is "
                  "{} bytes",
                  stream, line.size(), options_.line_limit));
}

asio::awaitable<void> StdioPump::finish(bool complete) {
  if (complete) {
    for (std::size_t i = 0; i < lines_.streams().size(); ++i) {
      const auto& name = lines_.streams()[i].from;
      const bool full_refresh =
          std::find(options_.full_refresh.begin(), options_.full_refresh.end(), name) !=
          options_.full_refresh.end();
      if (!full_refresh || tally_.has_state(i)) continue;
      StateMessage state;
      state.type = StateMessage::Type::stream;
      state.stream.emplace();
      state.stream->descriptor = name;
      state.stream->state = "{}";
      co_await take_state(std::move(state));
    }
    if (options_.says_complete) {
      for (const auto& stream : lines_.streams()) put_line(completion_of(stream.to));
    }
    co_await flush();
  }
  out_.close();
}

protocol::StreamDescriptor StdioPump::source_name(
    const protocol::StreamDescriptor& destination_name) const {
  for (const auto& stream : lines_.streams()) {
    if (stream.to == destination_name) return stream.from;
  }
  return destination_name;
}

}  // namespace wharf::replication
