#include "replication/connector_stream.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace wharf::replication {
namespace {

namespace asio = boost::asio;
using bookkeeper::LogSource;
using Level = protocol::LogMessage::Level;

Origin origin_of(Side side) {
  return side == Side::source ? Origin::source : Origin::destination;
}
LogSource voice_of(Side side) {
  return side == Side::source ? LogSource::source : LogSource::destination;
}
LogSource stderr_of(Side side) {
  return side == Side::source ? LogSource::source_stderr : LogSource::destination_stderr;
}

}  // namespace

ConnectorStream::ConnectorStream(const asio::any_io_executor& executor, Side side,
                                 launcher::RunningConnector& connector, bookkeeper::AttemptLog& log,
                                 std::size_t line_limit, ConnectorEvents events)
    : executor_(executor),
      side_(side),
      connector_(connector),
      log_(log),
      line_limit_(line_limit),
      events_(std::move(events)),
      stderr_(executor, connector.take_stderr(), line_limit) {}

asio::awaitable<process::ExitStatus> ConnectorStream::run(std::optional<OtherReader> reader) {
  using namespace asio::experimental::awaitable_operators;
  if (!reader) {
    stdout_.emplace(executor_, connector_.take_stdout(), line_limit_);
    reader = OtherReader{[this] { return read_stdout(); }, [this] { stdout_->finish(); }};
  }
  bool known = false;
  auto wait_for_end = [&]() -> asio::awaitable<void> {
    known = co_await connector_.ended();
    reader->exited();
    stderr_.finish();
  };
  co_await (reader->run() && read_stderr() && wait_for_end());
  if (!known) events_.lost();
  auto exiting = connector_.exited();
  const auto status = co_await std::move(exiting);
  co_return status;
}

asio::awaitable<void> ConnectorStream::read_stdout() {
  for (;;) {
    auto batch = co_await stdout_->next();
    if (!batch) {
      Error error = std::move(batch).error();
      error.origin = origin_of(side_);
      events_.fault(
          std::move(error).during(fmt::format("reading the {}'s output", name_of(side_))));
      co_return;
    }
    for (std::size_t i = 0; i < batch->lines.size(); ++i) co_await take_line(batch->lines[i]);
    if (batch->ended) co_return;
  }
}

asio::awaitable<void> ConnectorStream::read_stderr() {
  for (;;) {
    auto batch = co_await stderr_.next();
    if (!batch) {
      events_.fault(
          std::move(batch).error().during(fmt::format("reading the {}'s stderr", name_of(side_))));
      co_return;
    }
    for (std::string_view line : batch->lines) log_.append(stderr_of(side_), Level::error, line);
    if (batch->ended) co_return;
  }
}

asio::awaitable<void> ConnectorStream::take_line(std::string_view line) {
  if (line.empty()) co_return;
  auto parsed = reader_.parse(line);
  if (auto* message = std::get_if<protocol::Message>(&parsed)) {
    if (auto* said = std::get_if<protocol::LogMessage>(message)) {
      std::string text = std::move(said->message);
      if (!said->stack_trace.empty()) text.append("\n").append(said->stack_trace);
      log_.append(voice_of(side_), said->level, text);
    } else {
      co_await events_.message(std::move(*message));
    }
  } else if (auto* dropped = std::get_if<protocol::Dropped>(&parsed)) {
    log_.append(voice_of(side_), Level::debug, "dropped a message: " + dropped->why);
  } else if (auto* broken = std::get_if<protocol::Broken>(&parsed)) {
    events_.fault(Error{ErrorCode::protocol_violation,
                        fmt::format("the {} printed a broken line of {} bytes: {}", name_of(side_),
                                    line.size(), broken->why),
                        origin_of(side_)});
  } else {
    log_.append(voice_of(side_), Level::info, line);
  }
}

}  // namespace wharf::replication
