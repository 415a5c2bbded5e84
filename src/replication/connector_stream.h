#pragma once

#include "bookkeeper/attempt_log.h"
#include "launcher/launcher.h"
#include "process/line_stream.h"
#include "replication/attempt_machine.h"

#include <wharf/protocol/codec.h>

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>

namespace wharf::replication {

/// What one side of an attempt says. Called on its strand, in order; while one waits, the connector
/// waits.
struct ConnectorEvents {
  std::function<boost::asio::awaitable<void>(protocol::Message)> message;
  /// Its output breaks the protocol or a limit.
  std::function<void(Error)> fault;
  /// It has ended badly, and all that it wrote has been read; how it ended comes later.
  std::function<void()> lost;
};

/// One side of an attempt: its output as messages, its stderr in the log. Belongs to one strand;
/// outlives its run(). A line of more than `line_limit` bytes is a fault.
class ConnectorStream {
 public:
  ConnectorStream(const boost::asio::any_io_executor& executor, Side side,
                  launcher::RunningConnector& connector, bookkeeper::AttemptLog& log,
                  std::size_t line_limit, ConnectorEvents events);

  /// Who reads its stdout, if not we: what runs until that ends, and how it learns of the exit.
  struct OtherReader {
    std::function<boost::asio::awaitable<void>()> run;
    std::function<void()> exited;
  };

  /// Reads until the connector has exited and what it wrote is read.
  boost::asio::awaitable<process::ExitStatus> run(std::optional<OtherReader> reader = {});

  /// One line of its stdout; for the other reader, what it does not take itself.
  boost::asio::awaitable<void> take_line(std::string_view line);

 private:
  boost::asio::awaitable<void> read_stdout();
  boost::asio::awaitable<void> read_stderr();

  const boost::asio::any_io_executor executor_;
  const Side side_;
  launcher::RunningConnector& connector_;
  bookkeeper::AttemptLog& log_;
  const std::size_t line_limit_;
  ConnectorEvents events_;
  protocol::LineReader reader_;
  std::optional<process::LineStream> stdout_;
  process::LineStream stderr_;
};

}  // namespace wharf::replication
