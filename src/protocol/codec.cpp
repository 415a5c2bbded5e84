#include <wharf/protocol/codec.h>

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "protocol/json_forms.h"
#include "protocol/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

/// How one type of message is called on the line, and read.
struct Form {
  std::string_view type;
  std::string_view body;  ///< the member that holds it
  bool is_data;           ///< rows or where they end: must not be lost
  Message (*read)(const JsonNode& node);
};

template <auto Read>
Message read_as(const JsonNode& node) {
  return Read(node);
}

constexpr std::array kForms{
    Form{"RECORD", "record", true, read_as<read_record>},
    Form{"STATE", "state", true, read_as<read_state>},
    Form{"LOG", "log", false, read_as<read_log>},
    Form{"TRACE", "trace", false, read_as<read_trace>},
    Form{"CONTROL", "control", false, read_as<read_control>},
    Form{"SPEC", "spec", false, read_as<read_spec>},
    Form{"CONNECTION_STATUS", "connectionStatus", false, read_as<read_connection_status>},
    Form{"CATALOG", "catalog", false, read_as<read_catalog>},
    Form{"POSITION", "position", true, read_as<read_position>},
};

/// How a line begins that carries rows or where they end, white space aside.
constexpr std::array<std::string_view, 5> kDataBeginnings{
    R"({"type":"RECORD")", R"({"type":"STATE")", R"({"type":"POSITION")", R"({"record":{)",
    R"({"state":{)"};

/// Whether the line begins like one of those, or is cut short within such a beginning.
bool begins_like_data(std::string_view line) {
  constexpr std::size_t kLongest = 32;
  std::string beginning;
  bool whole = true;
  for (const char c : line) {
    if (is_json_space(c)) continue;
    whole = beginning.size() < kLongest;
    if (!whole) break;
    beginning += c;
  }
  return std::ranges::any_of(kDataBeginnings, [&](std::string_view data) {
    const bool cut = whole && beginning.size() > 1 && data.starts_with(beginning);
    return cut || beginning.starts_with(data);
  });
}

Broken broken(std::string_view line, std::string_view why) {
  return {fmt::format("a line of {} bytes that begins like a RECORD or STATE cannot be read: {}",
                      line.size(), why)};
}

/// The value of `"type"`; empty if it is not there or no string.
std::string type_of(const JsonNode& message) {
  std::string type;
  for (const JsonNode& member : message.members()) {
    if (member.name() == "type") type = member.is(JsonNode::Kind::string) ? member.as_string() : "";
  }
  return type;
}

Parsed read_message(const JsonNode& message, const Form& form, std::string_view line) {
  try {
    return form.read(message.required(form.body));
  } catch (const MissingProperty& missing) {
    // A position is never dropped: without it nobody knows where the rows end.
    if (form.type == "POSITION") return broken(line, missing.what());
    return Dropped{fmt::format("{}: {}", form.type, missing.what())};
  } catch (const Failure& failure) {
    if (form.is_data) return broken(line, failure.what());
    return Dropped{fmt::format("{}: {}", form.type, failure.what())};
  }
}

void append_body(JsonObjectWriter& line, std::string_view type, std::string_view member,
                 const auto& body, auto append) {
  line.string("type", type);
  append(line.key(member), body);
}

struct BodyWriter {
  JsonObjectWriter& line;

  void operator()(const RecordMessage& body) const {
    append_body(line, "RECORD", "record", body, append_record);
  }
  void operator()(const StateMessage& body) const {
    append_body(line, "STATE", "state", body, append_state);
  }
  void operator()(const LogMessage& body) const {
    append_body(line, "LOG", "log", body, append_log);
  }
  void operator()(const TraceMessage& body) const {
    append_body(line, "TRACE", "trace", body, append_trace);
  }
  void operator()(const ControlMessage& body) const {
    append_body(line, "CONTROL", "control", body, append_control);
  }
  void operator()(const ConnectorSpecification& body) const {
    append_body(line, "SPEC", "spec", body, append_spec);
  }
  void operator()(const ConnectionStatus& body) const {
    append_body(line, "CONNECTION_STATUS", "connectionStatus", body, append_connection_status);
  }
  void operator()(const Catalog& body) const {
    append_body(line, "CATALOG", "catalog", body, append_catalog);
  }
  void operator()(const Position& body) const {
    append_body(line, "POSITION", "position", body, append_position);
  }
};

}  // namespace

struct LineReader::Parser {
  std::string repaired;  ///< the line with U+FFFD for what was not UTF-8

  Parsed parse(std::string_view line);
  Parsed parse_object(std::string_view object, std::string_view line, bool was_repaired);
};

Parsed LineReader::Parser::parse(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || line[first] != '{') return NotAMessage{};

  JsonScan scan = scan_json(line);
  if (scan) return parse_object(line.substr(scan.begin, scan.end - scan.begin), line, false);
  if (begins_like_data(line)) return broken(line, describe(scan));
  if (scan.fault != JsonScan::Fault::not_utf8) return NotAMessage{};

  // What a connector says of itself is worth reading with a wrong byte in it.
  repaired = repaired_utf8(line);
  scan = scan_json(repaired);
  if (!scan) return NotAMessage{};
  const std::string_view text = repaired;
  return parse_object(text.substr(scan.begin, scan.end - scan.begin), line, true);
}

Parsed LineReader::Parser::parse_object(std::string_view object, std::string_view line,
                                        bool was_repaired) {
  const JsonNode message(object);
  const std::string type = type_of(message);
  const auto form = std::ranges::find(kForms, type, &Form::type);
  if (form == kForms.end()) {
    if (type == "DESTINATION_CATALOG") return Dropped{"DESTINATION_CATALOG: not used"};
    if (begins_like_data(line)) return broken(line, "its type is missing or unknown");
    return NotAMessage{};
  }
  if (was_repaired && form->is_data) return broken(line, "it is not UTF-8");
  return read_message(message, *form, line);
}

LineReader::LineReader() : parser_(std::make_unique<Parser>()) {}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;

Parsed LineReader::parse(std::string_view line) {
  return parser_->parse(line);
}

void append_line(std::string& out, const Message& message) {
  {
    JsonObjectWriter line(out);
    std::visit(BodyWriter{line}, message);
  }
  out += '\n';
}

}  // namespace wharf::protocol
