#include <wharf/protocol/message.h>

namespace wharf::protocol {

std::string_view name_of(LogMessage::Level level) {
  switch (level) {
    case LogMessage::Level::fatal:
      return "FATAL";
    case LogMessage::Level::error:
      return "ERROR";
    case LogMessage::Level::warn:
      return "WARN";
    case LogMessage::Level::info:
      return "INFO";
    case LogMessage::Level::debug:
      return "DEBUG";
    case LogMessage::Level::trace:
      return "TRACE";
  }
  return {};
}

std::string_view name_of(FailureType type) {
  switch (type) {
    case FailureType::system_error:
      return "system_error";
    case FailureType::config_error:
      return "config_error";
    case FailureType::transient_error:
      return "transient_error";
  }
  return {};
}

std::string_view name_of(StreamStatusTrace::Status status) {
  switch (status) {
    case StreamStatusTrace::Status::started:
      return "STARTED";
    case StreamStatusTrace::Status::running:
      return "RUNNING";
    case StreamStatusTrace::Status::complete:
      return "COMPLETE";
    case StreamStatusTrace::Status::incomplete:
      return "INCOMPLETE";
  }
  return {};
}

}  // namespace wharf::protocol
