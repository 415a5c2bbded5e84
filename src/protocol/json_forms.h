#pragma once
// The JSON forms of what several messages hold. Readers throw Failure, which names the place, and
// MissingProperty where something is not there; append_* write one line.

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/message.h>
#include <wharf/protocol/spec.h>
#include <wharf/protocol/state.h>

#include <optional>
#include <string>

#include "protocol/json_node.h"

namespace wharf::protocol {

StreamDescriptor read_descriptor(const JsonNode& node);
Catalog read_catalog(const JsonNode& node);
ConnectorSpecification read_spec(const JsonNode& node);
StateMessage read_state(const JsonNode& node);
Position read_position(const JsonNode& node);
RecordMessage read_record(const JsonNode& node);
LogMessage read_log(const JsonNode& node);
TraceMessage read_trace(const JsonNode& node);
ControlMessage read_control(const JsonNode& node);
ConnectionStatus read_connection_status(const JsonNode& node);

void append_descriptor(std::string& out, const StreamDescriptor& descriptor);
void append_catalog(std::string& out, const Catalog& catalog);
void append_spec(std::string& out, const ConnectorSpecification& spec);
void append_state(std::string& out, const StateMessage& state);
void append_position(std::string& out, const Position& position);
void append_record(std::string& out, const RecordMessage& record);
void append_log(std::string& out, const LogMessage& log);
void append_trace(std::string& out, const TraceMessage& trace);
void append_control(std::string& out, const ControlMessage& control);
void append_connection_status(std::string& out, const ConnectionStatus& status);

/// Part of append_state and of the start state. `with_attempt` writes the ids and counts too, which
/// mean something within one attempt only.
enum class StateDetail { content, with_attempt };
void append_stream_state(std::string& out, const StreamState& state, StateDetail detail);
void append_global_state(std::string& out, const GlobalState& state, StateDetail detail);

/// Takes an optional property. False if its value is of another kind: the caller keeps it as
/// unknown, so that it is carried on and not lost. Null is the same as not there.
bool take(const JsonNode& node, std::optional<std::string>& into);
bool take(const JsonNode& node, std::optional<std::int64_t>& into);
bool take(const JsonNode& node, std::string& into);
bool take(const JsonNode& node, bool& into);

/// The value's text; null is none.
std::optional<JsonText> optional_text(const JsonNode& node);

/// Keeps an unknown property.
void keep(const JsonNode& node, Extra& extra);

}  // namespace wharf::protocol
