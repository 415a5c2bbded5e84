#include "bookkeeper/log_entry.h"

#include <algorithm>

namespace wharf::bookkeeper {
namespace {

using Level = protocol::LogMessage::Level;

constexpr std::string_view kIndent = "    ";
constexpr std::string_view kTimeForm = "0000-00-00T00:00:00.000Z";

bool is_time(std::string_view text) {
  return std::equal(
      text.begin(), text.end(), kTimeForm.begin(), kTimeForm.end(),
      [](char c, char form) { return form == '0' ? c >= '0' && c <= '9' : c == form; });
}

std::string_view next_word(std::string_view& text) {
  const auto space = text.find(' ');
  const auto word = text.substr(0, space);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return word;
}

std::optional<LogEntry> entry_begun_by(std::string_view line) {
  LogEntry entry;
  entry.timestamp = next_word(line);
  if (!is_time(entry.timestamp)) return {};
  const auto source = log_source_named(next_word(line));
  const auto level = log_level_named(next_word(line));
  if (!source || !level) return {};
  entry.source = *source;
  entry.level = *level;
  entry.message = line;
  return entry;
}

LogSource side_of(LogSource source) {
  if (source == LogSource::source_stderr) return LogSource::source;
  return source == LogSource::destination_stderr ? LogSource::destination : source;
}

}  // namespace

std::optional<LogSource> log_source_named(std::string_view name) {
  for (const auto source : {LogSource::platform, LogSource::source, LogSource::destination,
                            LogSource::source_stderr, LogSource::destination_stderr}) {
    if (name_of(source) == name) return source;
  }
  return {};
}

std::optional<Level> log_level_named(std::string_view name) {
  for (const auto level :
       {Level::fatal, Level::error, Level::warn, Level::info, Level::debug, Level::trace}) {
    if (protocol::name_of(level) == name) return level;
  }
  return {};
}

bool passes(const LogEntry& entry, const LogFilter& filter) {
  if (filter.source && entry.source != *filter.source && side_of(entry.source) != *filter.source) {
    return false;
  }
  return !filter.least || entry.level <= *filter.least;
}

std::string to_text(const LogEntry& entry) {
  std::string text;
  if (!entry.timestamp.empty()) {
    text.append(entry.timestamp).append(" ").append(name_of(entry.source)).append(" ");
    text.append(protocol::name_of(entry.level)).append(" ");
  }
  for (const char c : entry.message) {
    text += c;
    if (c == '\n') text += kIndent;
  }
  return text += '\n';
}

std::vector<LogEntry> LogEntries::take(std::string_view text) {
  std::vector<LogEntry> whole;
  while (!text.empty()) {
    const auto end = text.find('\n');
    cut_.append(text.substr(0, end));
    if (end == std::string_view::npos) return whole;
    text.remove_prefix(end + 1);
    line(cut_, whole);
    cut_.clear();
  }
  return whole;
}

std::vector<LogEntry> LogEntries::rest() {
  std::vector<LogEntry> whole;
  if (open_ && cut_.empty()) {
    whole.push_back(std::move(*open_));
    open_.reset();
  }
  return whole;
}

void LogEntries::line(std::string_view line, std::vector<LogEntry>& whole) {
  if (open_ && line.starts_with(kIndent)) {
    open_->message.append("\n").append(line.substr(kIndent.size()));
    return;
  }
  if (open_) whole.push_back(std::move(*open_));
  open_ = entry_begun_by(line);
  if (open_) return;
  open_.emplace();
  open_->message = line;
}

}  // namespace wharf::bookkeeper
