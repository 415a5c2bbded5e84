#include <array>

#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

using Level = LogMessage::Level;

constexpr std::array kLevels{Level::fatal, Level::error, Level::warn,
                             Level::info,  Level::debug, Level::trace};

Level read_level(const JsonNode& node) {
  const std::string name = node.as_string();
  for (const Level level : kLevels) {
    if (name == name_of(level)) return level;
  }
  return Level::info;
}

/// A message of another kind than text is still what the connector wished to say.
std::string read_text(const JsonNode& node) {
  return node.is(JsonNode::Kind::string) ? node.as_string() : std::string(node.text());
}

}  // namespace

LogMessage read_log(const JsonNode& node) {
  LogMessage log;
  log.level = read_level(node.required("level"));
  log.message = read_text(node.required("message"));
  for (const JsonNode& member : node.members()) {
    if (member.name() == "stack_trace") take(member, log.stack_trace);
  }
  return log;
}

void append_log(std::string& out, const LogMessage& log) {
  JsonObjectWriter object(out);
  object.string("level", name_of(log.level));
  object.string("message", std::string_view(log.message));
  if (!log.stack_trace.empty()) object.string("stack_trace", std::string_view(log.stack_trace));
}

ConnectionStatus read_connection_status(const JsonNode& node) {
  const JsonNode verdict = node.required("status");
  const std::string name = verdict.as_string();
  if (name != "SUCCEEDED" && name != "FAILED") verdict.fail("must be SUCCEEDED or FAILED");
  ConnectionStatus status{.succeeded = name == "SUCCEEDED", .message = {}};
  for (const JsonNode& member : node.members()) {
    if (member.name() == "message") take(member, status.message);
  }
  return status;
}

void append_connection_status(std::string& out, const ConnectionStatus& status) {
  JsonObjectWriter object(out);
  object.string("status", std::string_view(status.succeeded ? "SUCCEEDED" : "FAILED"));
  if (!status.message.empty()) object.string("message", std::string_view(status.message));
}

}  // namespace wharf::protocol
