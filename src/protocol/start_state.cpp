#include <wharf/protocol/state.h>

#include <algorithm>

#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

/// Of two states of one stream the later one counts.
void add_stream(StreamState state, std::vector<StreamState>& states) {
  const auto earlier = std::ranges::find(states, state.descriptor, &StreamState::descriptor);
  if (earlier == states.end()) {
    states.push_back(std::move(state));
  } else {
    *earlier = std::move(state);
  }
}

/// The member of that name, if it is there and an object.
std::optional<JsonNode> object_member(const JsonNode& node, std::string_view name) {
  for (const JsonNode& member : node.members()) {
    if (member.name() == name && member.is(JsonNode::Kind::object)) return member;
  }
  return std::nullopt;
}

std::string state_type_of(const JsonNode& node) {
  for (const JsonNode& member : node.members()) {
    if (member.name() == "type" && member.is(JsonNode::Kind::string)) return member.as_string();
  }
  return {};
}

/// Tells a STATE, or its body, from a legacy blob, which may hold anything.
bool is_state(const JsonNode& node) {
  const std::string type = state_type_of(node);
  return (type == "STATE" && object_member(node, "state")) ||
         (type == "STREAM" && object_member(node, "stream")) ||
         (type == "GLOBAL" && object_member(node, "global")) ||
         (type == "LEGACY" && object_member(node, "data"));
}

void add(const JsonNode& node, StartState& start) {
  // A whole message, as a connector prints it, stands for its body.
  const bool wrapped = state_type_of(node) == "STATE";
  StateMessage state = wrapped ? read_state(node.required("state")) : read_state(node);
  const bool alone = start.empty();
  if (start.global || start.legacy || (!alone && state.type != StateMessage::Type::stream)) {
    node.fail("a state is several STREAM states, one GLOBAL state or one LEGACY state");
  }
  switch (state.type) {
    case StateMessage::Type::stream:
      add_stream(std::move(*state.stream), start.streams);
      break;
    case StateMessage::Type::global:
      start.global = std::move(state.global);
      break;
    case StateMessage::Type::legacy:
      start.legacy = std::move(state.data);
      break;
  }
}

StartState read_start_state(const JsonNode& node) {
  StartState start;
  if (node.is_null()) return start;
  if (node.is(JsonNode::Kind::array)) {
    for (const JsonNode& state : node.elements()) add(state, start);
  } else if (is_state(node)) {
    add(node, start);
  } else if (node.members().begin() != node.members().end()) {
    start.legacy = node.text();
  }
  return start;
}

const JsonText* state_of(const std::vector<StreamState>& states,
                         const StreamDescriptor& descriptor) {
  const auto found = std::ranges::find(states, descriptor, &StreamState::descriptor);
  return found != states.end() && found->state ? &*found->state : nullptr;
}

void append_typed(std::string& out, std::string_view type, const StreamState& state) {
  JsonObjectWriter object(out);
  object.string("type", type);
  append_stream_state(object.key("stream"), state, StateDetail::content);
}

}  // namespace

const JsonText* StartState::of(const StreamDescriptor& descriptor) const {
  return state_of(global ? global->stream_states : streams, descriptor);
}

Result<StartState> parse_start_state(std::string_view json) {
  return as_result([&] { return read_start_state(JsonNode(whole_json(json))); });
}

std::string to_json(const StartState& state) {
  std::string out;
  if (state.legacy) {
    append_json_text(out, *state.legacy);
  } else if (state.global) {
    out += '[';
    {
      JsonObjectWriter object(out);
      object.string("type", std::string_view("GLOBAL"));
      append_global_state(object.key("global"), *state.global, StateDetail::content);
    }
    out += ']';
  } else {
    append_json_array(out, state.streams, [](std::string& list, const StreamState& stream) {
      append_typed(list, "STREAM", stream);
    });
  }
  return out;
}

}  // namespace wharf::protocol
