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
using bookkeeper::StreamRows;
using protocol::StateMessage;

constexpr std::size_t kBuffer = std::size_t{1} << 20;
constexpr std::size_t kReportEvery = 20'000;  // rows: a few times a second at full speed
constexpr std::size_t kPiecesAtOnce = 512;    // below IOV_MAX

// A megabyte in the pipe means few wake-ups; an unprivileged user may have less, which is no error.
void widen(int fd) {
  ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(kBuffer));
}

Error source_fault(std::string message) {
  return Error{ErrorCode::protocol_violation, std::move(message), Origin::source};
}

}  // namespace

StdioPump::StdioPump(const asio::any_io_executor& executor, base::UniqueFd from, base::UniqueFd to,
                     std::vector<PumpStream> streams, Options options, PumpEvents events)
    : from_(executor, std::move(from)),
      to_(executor, std::move(to)),
      options_(std::move(options)),
      events_(std::move(events)),
      lines_(std::move(streams)),
      buffer_(kBuffer),
      rows_(lines_.streams().size()) {
  widen(from_.get());
  widen(to_.get());
}

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
      count(look);
      if (look.unchanged) {
        forward({line.data(), line.size() + 1});
      } else {
        const std::size_t begin = made_.size();
        if (!lines_.rewrite(line, look, made_)) {
          co_return source_fault(
              fmt::format("a record's data is no JSON object (a line of {} bytes)", line.size()));
        }
        add_made(begin);
      }
    } else if (look.kind == Look::Kind::other) {
      if (auto taken = co_await take(line); !taken) co_return taken;
    } else if (look.kind != Look::Kind::empty_record) {
      co_return source_fault(fmt::format("{} (a line of {} bytes)", look.why, line.size()));
    }
    taken_ = scanned_ = line_end + 1;
  }
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
    unreported_ = kReportEvery;  // what it said may hold until the next row, and ends with that
    co_await events_.line(line);
  } else {
    co_await take_state(std::move(*state));
  }
  co_return Result<void>();
}

asio::awaitable<void> StdioPump::take_state(StateMessage state) {
  auto rows = rows_since_state(state);
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
  std::string line;
  protocol::append_line(line, state);
  const std::size_t begin = made_.size();
  made_.append(line);
  add_made(begin);
}

std::vector<StreamRows> StdioPump::rows_since_state(const StateMessage& state) {
  std::vector<StreamRows> counted;
  const bool one = state.type == StateMessage::Type::stream && state.stream;
  if (!one) global_seen_ = true;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto& name = lines_.streams()[i].from;
    if (one && !(name == state.stream->descriptor)) continue;
    counted.push_back({name, rows_[i].since_state});
    rows_[i].since_state = {};
    rows_[i].has_state = true;
  }
  return counted;
}

// Lines that stand side by side go out as one.
void StdioPump::add(Piece piece) {
  if (!pieces_.empty() && pieces_.back().made == piece.made &&
      pieces_.back().begin + pieces_.back().size == piece.begin) {
    pieces_.back().size += piece.size;
  } else {
    pieces_.push_back(piece);
  }
}

void StdioPump::forward(std::string_view bytes) {
  add({false, static_cast<std::size_t>(bytes.data() - buffer_.data()), bytes.size()});
}

// What stands in `made_` from `begin` on.
void StdioPump::add_made(std::size_t begin) {
  add({true, begin, made_.size() - begin});
}

void StdioPump::count(const Look& look) {
  ++rows_read_;
  Rows& rows = rows_[look.stream];
  const bookkeeper::RowCount one{1, static_cast<std::int64_t>(look.data_bytes)};
  rows.so_far += one;
  rows.since_state += one;
  const bool first = rows.so_far.rows == 1;  // its stream runs
  if (++unreported_ >= kReportEvery || first) report_counts();
}

void StdioPump::report_counts() {
  unreported_ = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].so_far == rows_[i].reported) continue;
    rows_[i].reported = rows_[i].so_far;
    events_.counted({lines_.streams()[i].from, rows_[i].so_far, 0});
  }
}

// Writes everything that is to go out, then makes room at the front of the buffer.
asio::awaitable<void> StdioPump::flush() {
  std::vector<iovec> vectors;
  std::size_t next = 0;
  while (next < pieces_.size() && !destination_gone_) {
    vectors.clear();
    for (std::size_t i = next; i < pieces_.size() && vectors.size() < kPiecesAtOnce; ++i) {
      char* base = pieces_[i].made ? made_.data() : buffer_.data();
      vectors.push_back({base + pieces_[i].begin, pieces_[i].size});
    }
    auto wrote = ::writev(to_.get(), vectors.data(), static_cast<int>(vectors.size()));
    if (wrote < 0) {
      if (errno == EAGAIN) {
        blocked_ = true;
        destination_gone_ = !co_await to_.writable();
        blocked_ = false;
      } else if (errno != EINTR) {
        destination_gone_ = true;  // it died: its exit says why
      }
      continue;
    }
    bytes_taken_ += static_cast<std::uint64_t>(wrote);
    for (auto left = static_cast<std::size_t>(wrote); left > 0;) {
      Piece& piece = pieces_[next];
      const std::size_t part = std::min(left, piece.size);
      piece.begin += part;
      piece.size -= part;
      left -= part;
      if (piece.size == 0) ++next;
    }
  }
  pieces_.clear();
  made_.clear();
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
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto& name = lines_.streams()[i].from;
      const bool full_refresh =
          std::find(options_.full_refresh.begin(), options_.full_refresh.end(), name) !=
          options_.full_refresh.end();
      if (!full_refresh || rows_[i].has_state || global_seen_) continue;
      StateMessage state;
      state.type = StateMessage::Type::stream;
      state.stream.emplace();
      state.stream->descriptor = name;
      state.stream->state = "{}";
      co_await take_state(std::move(state));
    }
    if (options_.says_complete) {
      for (const auto& stream : lines_.streams()) add_complete(stream.to);
    }
    co_await flush();
  }
  to_.close();
}

void StdioPump::add_complete(const protocol::StreamDescriptor& stream) {
  protocol::TraceMessage trace;
  trace.body = protocol::StreamStatusTrace{stream, protocol::StreamStatusTrace::Status::complete,
                                           false, std::nullopt};
  std::string line;
  protocol::append_line(line, trace);
  const std::size_t begin = made_.size();
  made_.append(line);
  add_made(begin);
}

void StdioPump::abandon() {
  destination_gone_ = true;
  to_.cancel();
}

protocol::StreamDescriptor StdioPump::source_name(
    const protocol::StreamDescriptor& destination_name) const {
  for (const auto& stream : lines_.streams()) {
    if (stream.to == destination_name) return stream.from;
  }
  return destination_name;
}

}  // namespace wharf::replication
