#include "connector/platform_output.h"

#include <wharf/protocol/codec.h>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace wharf::connector {

void PlatformOutput::write(std::string_view lines) {
  std::lock_guard lock(mutex_);
  while (!lines.empty()) {
    if (stop_ != nullptr && !wait_ready(fd_, POLLOUT, *stop_)) continue;
    auto written = ::write(fd_, lines.data(), lines.size());
    if (written >= 0) {
      lines.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw OutputClosed{};
    } else if (errno != EINTR && errno != EAGAIN) {
      throw std::system_error(errno, std::generic_category(), "writing to stdout");
    }
  }
}

void PlatformOutput::say(const protocol::Message& message) {
  std::string line;
  protocol::append_line(line, message);
  write(line);
}

void PlatformOutput::log(protocol::LogMessage::Level level, std::string message) {
  say(protocol::LogMessage{.level = level, .message = std::move(message), .stack_trace = {}});
}

std::string line_of(const protocol::Message& message) {
  std::string line;
  protocol::append_line(line, message);
  line.pop_back();
  return line;
}

double trace_time() {
  using namespace std::chrono;
  return static_cast<double>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

protocol::Message stream_status(const protocol::StreamDescriptor& stream,
                                protocol::StreamStatusTrace::Status status) {
  protocol::StreamStatusTrace trace;
  trace.stream = stream;
  trace.status = status;
  return protocol::TraceMessage{.emitted_at = trace_time(), .body = std::move(trace), .extra = {}};
}

namespace {

protocol::FailureType failure_type_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_config:
    case ErrorCode::data_foreign:
      return protocol::FailureType::config_error;
    case ErrorCode::timed_out:
      return protocol::FailureType::transient_error;
    default:
      return protocol::FailureType::system_error;
  }
}

}  // namespace

protocol::Message error_trace(const Error& error,
                              const std::optional<protocol::StreamDescriptor>& stream) {
  protocol::ErrorTrace trace;
  trace.message = error.message;
  trace.internal_message = name_of(error.code);
  trace.failure_type = failure_type_of(error.code);
  trace.stream = stream;
  return protocol::TraceMessage{.emitted_at = trace_time(), .body = std::move(trace), .extra = {}};
}

}  // namespace wharf::connector
