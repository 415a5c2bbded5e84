#pragma once
// A log's text taken apart again. Pure.

#include <wharf/protocol/message.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bookkeeper/attempt_log.h"

namespace wharf::bookkeeper {

/// One message of an attempt's log. What stands there without being one (a word about what was left
/// out) is the platform's.
struct LogEntry {
  std::string timestamp;  ///< as it was written: 2026-11-22T15:57:08.123Z
  LogSource source = LogSource::platform;
  protocol::LogMessage::Level level = protocol::LogMessage::Level::info;
  std::string message;  ///< its lines without their indent
};

std::optional<LogSource> log_source_named(std::string_view name);
std::optional<protocol::LogMessage::Level> log_level_named(std::string_view name);

/// Which of them are asked for.
struct LogFilter {
  std::optional<LogSource> source;  ///< a side's stderr counts as its side
  std::optional<protocol::LogMessage::Level> least;
};
bool passes(const LogEntry& entry, const LogFilter& filter);

/// `<time> <source> <level> <message>`, as the log has it, its `\n` included.
std::string to_text(const LogEntry& entry);

/// Makes entries of text that comes in pieces cut anywhere.
class LogEntries {
 public:
  /// What is whole now: an entry is when the next one begins.
  std::vector<LogEntry> take(std::string_view text);
  /// There is nothing more for now: what stands there is whole.
  std::vector<LogEntry> rest();

 private:
  void line(std::string_view line, std::vector<LogEntry>& whole);

  std::string cut_;  // a line whose end has not come
  std::optional<LogEntry> open_;
};

}  // namespace wharf::bookkeeper
