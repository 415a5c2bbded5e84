#pragma once
// What the operator reads: one event a line, key=value, with job, attempt and stream.

#include "base/clock.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

namespace wharf::base {

enum class LogLevel { debug, info, warn, error };
std::string_view name_of(LogLevel level);

/// One `key=value` of an event. Numbers and ids turn into text here.
struct LogField {
  std::string key;
  std::string value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)) {}
  LogField(std::string_view k, int v) : key(k), value(std::to_string(v)) {}
};

/// Writes events as lines. Any thread may call it. Never give it a secret.
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;  ///< one line, its `\n` included

  /// Lines go to stderr unless a sink is given.
  explicit Log(const Clock& clock, LogLevel least = LogLevel::info, Sink sink = {});

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::debug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::info, event, fields);
  }
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::warn, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::error, event, fields);
  }

 private:
  const Clock& clock_;
  const LogLevel least_;
  const Sink sink_;
  std::mutex mutex_;  // lines do not mix
};

/// `2026-11-22T15:57:08.123Z`.
std::string to_iso(WallTime time);

}  // namespace wharf::base
