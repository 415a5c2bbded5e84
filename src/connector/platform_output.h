#pragma once

#include <wharf/error.h>
#include <wharf/protocol/message.h>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "connector/stop.h"

namespace wharf::connector {

/// Thrown when nobody reads our stdout any more: there is no one left to report to.
struct OutputClosed {};

/// The connector's stdout: whole lines, from any thread. In stdio mode the records go here too.
class PlatformOutput {
 public:
  /// Borrows both for its life. Without a stop (a destination confirms to its end) writing waits as
  /// long as the reader does.
  explicit PlatformOutput(int fd, const Stop* stop = nullptr) : fd_(fd), stop_(stop) {}

  /// Writes lines (line ends included) in one piece. Throws OutputClosed, or Stopped.
  void write(std::string_view lines);
  void say(const protocol::Message& message);
  void log(protocol::LogMessage::Level level, std::string message);

 private:
  int fd_;
  const Stop* stop_;
  std::mutex mutex_;
};

/// The message as its line, without the line end.
std::string line_of(const protocol::Message& message);

/// Epoch milliseconds, for a trace's `emitted_at`.
double trace_time();

protocol::Message stream_status(const protocol::StreamDescriptor& stream,
                                protocol::StreamStatusTrace::Status status);

/// The ERROR trace that a failure becomes. `config_error` for what trying again cannot mend: a
/// wrong configuration, data that belongs to others.
protocol::Message error_trace(const Error& error,
                              const std::optional<protocol::StreamDescriptor>& stream);

}  // namespace wharf::connector
