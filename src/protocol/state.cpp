#include <wharf/protocol/state.h>

#include <fmt/core.h>

#include <algorithm>

#include "protocol/json_compare.h"
#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

/// What a destination says it has stored so far, on a state or on a stream of a GLOBAL one.
template <class State>
bool take_committed(const JsonNode& member, const std::string& name, State& state) {
  return (name == "committedRecordsCount" && take(member, state.committed_records)) ||
         (name == "committedBytesCount" && take(member, state.committed_bytes)) ||
         (name == "rejectedRecordsCount" && take(member, state.rejected_records)) ||
         (name == "id" && take(member, state.id)) ||
         (name == "partition_id" && take(member, state.partition_id));
}

template <class State>
void append_committed(JsonObjectWriter& object, const State& state) {
  object.integer("id", state.id);
  object.string("partition_id", state.partition_id);
  object.integer("committedRecordsCount", state.committed_records);
  object.integer("committedBytesCount", state.committed_bytes);
  object.integer("rejectedRecordsCount", state.rejected_records);
}

StreamState read_stream_state(const JsonNode& node) {
  StreamState state;
  state.descriptor = read_descriptor(node.required("stream_descriptor"));
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "stream_descriptor") continue;
    if (name == "stream_state") {
      state.state = optional_text(member);
    } else if (!take_committed(member, name, state)) {
      keep(member, state.extra);
    }
  }
  return state;
}

GlobalState read_global_state(const JsonNode& node) {
  GlobalState state;
  const JsonNode streams = node.required("stream_states");
  for (const JsonNode& stream : streams.elements()) {
    state.stream_states.push_back(read_stream_state(stream));
  }
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "shared_state") {
      state.shared_state = optional_text(member);
    } else if (name != "stream_states") {
      keep(member, state.extra);
    }
  }
  return state;
}

/// False if one of them is no number that a double holds.
bool take_additional(const JsonNode& node, StateStats& stats) {
  if (!node.is(JsonNode::Kind::object)) return node.is_null();
  std::vector<std::pair<std::string, double>> additional;
  for (const JsonNode& member : node.members()) {
    const auto value = member.number();
    if (!value) return false;
    additional.emplace_back(member.name(), *value);
  }
  stats.additional = std::move(additional);
  return true;
}

/// False if it is no object.
bool take_stats(const JsonNode& node, std::optional<StateStats>& into) {
  if (!node.is(JsonNode::Kind::object)) return node.is_null();
  StateStats stats;
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (!(name == "recordCount" && take(member, stats.record_count)) &&
        !(name == "rejectedRecordCount" && take(member, stats.rejected_record_count)) &&
        !(name == "additionalStats" && take_additional(member, stats))) {
      keep(member, stats.extra);
    }
  }
  into = std::move(stats);
  return true;
}

void append_stats(std::string& out, const StateStats& stats) {
  JsonObjectWriter object(out);
  object.count("recordCount", stats.record_count);
  object.count("rejectedRecordCount", stats.rejected_record_count);
  if (!stats.additional.empty()) {
    JsonObjectWriter additional(object.key("additionalStats"));
    for (const auto& [name, value] : stats.additional) {
      append_json_double(additional.key(name), value);
    }
  }
  object.extra(stats.extra);
}

StateMessage::Type read_type(const JsonNode& node) {
  if (node.is_null()) return StateMessage::Type::legacy;
  const std::string name = node.as_string();
  if (name == "STREAM") return StateMessage::Type::stream;
  if (name == "GLOBAL") return StateMessage::Type::global;
  if (name == "LEGACY") return StateMessage::Type::legacy;
  node.fail("must be STREAM, GLOBAL or LEGACY");
}

void read_state_member(const JsonNode& member, StateMessage& state) {
  const std::string name = member.name();
  if (name == "type") return;
  if (name == "stream" && state.type == StateMessage::Type::stream) {
    state.stream = read_stream_state(member);
  } else if (name == "global" && state.type == StateMessage::Type::global) {
    state.global = read_global_state(member);
  } else if (name == "data") {
    state.data = optional_text(member);
  } else if (!(name == "sourceStats" && take_stats(member, state.source_stats)) &&
             !(name == "destinationStats" && take_stats(member, state.destination_stats)) &&
             !take_committed(member, name, state)) {
    keep(member, state.extra);
  }
}

bool same_text(const std::optional<JsonText>& a, const std::optional<JsonText>& b) {
  return same_json(a ? std::string_view(*a) : "null", b ? std::string_view(*b) : "null");
}

bool same_stream(const StreamState& a, const StreamState& b) {
  return a.descriptor == b.descriptor && same_text(a.state, b.state);
}

bool same_global(const GlobalState& a, const GlobalState& b) {
  return same_text(a.shared_state, b.shared_state) &&
         std::ranges::is_permutation(a.stream_states, b.stream_states, same_stream);
}

}  // namespace

std::string_view name_of(StateMessage::Type type) {
  switch (type) {
    case StateMessage::Type::stream:
      return "STREAM";
    case StateMessage::Type::global:
      return "GLOBAL";
    case StateMessage::Type::legacy:
      return "LEGACY";
  }
  return {};
}

StateMessage read_state(const JsonNode& node) {
  StateMessage state;
  for (const JsonNode& member : node.members()) {
    if (member.name() == "type") state.type = read_type(member);
  }
  for (const JsonNode& member : node.members()) read_state_member(member, state);
  if (state.type == StateMessage::Type::stream && !state.stream) node.missing("stream");
  if (state.type == StateMessage::Type::global && !state.global) node.missing("global");
  if (state.type == StateMessage::Type::legacy && !state.data) node.missing("data");
  return state;
}

void append_stream_state(std::string& out, const StreamState& state, StateDetail detail) {
  JsonObjectWriter object(out);
  append_descriptor(object.key("stream_descriptor"), state.descriptor);
  object.json_or_null("stream_state", state.state);
  if (detail == StateDetail::with_attempt) append_committed(object, state);
  object.extra(state.extra);
}

void append_global_state(std::string& out, const GlobalState& state, StateDetail detail) {
  JsonObjectWriter object(out);
  object.json("shared_state", state.shared_state);
  append_json_array(object.key("stream_states"), state.stream_states,
                    [&](std::string& list, const StreamState& stream) {
                      append_stream_state(list, stream, detail);
                    });
  object.extra(state.extra);
}

void append_state(std::string& out, const StateMessage& state) {
  JsonObjectWriter object(out);
  object.string("type", name_of(state.type));
  if (state.stream) {
    append_stream_state(object.key("stream"), *state.stream, StateDetail::with_attempt);
  }
  if (state.global) {
    append_global_state(object.key("global"), *state.global, StateDetail::with_attempt);
  }
  object.json("data", state.data);
  if (state.source_stats) append_stats(object.key("sourceStats"), *state.source_stats);
  if (state.destination_stats) {
    append_stats(object.key("destinationStats"), *state.destination_stats);
  }
  append_committed(object, state);
  object.extra(state.extra);
}

bool same_content(const StateMessage& a, const StateMessage& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case StateMessage::Type::stream:
      return a.stream && b.stream && same_stream(*a.stream, *b.stream);
    case StateMessage::Type::global:
      return a.global && b.global && same_global(*a.global, *b.global);
    case StateMessage::Type::legacy:
      return same_text(a.data, b.data);
  }
  return false;
}

Result<StateMessage> parse_state(std::string_view json) {
  return as_result([&] { return read_state(JsonNode(whole_json(json))); });
}

std::string to_json(const StateMessage& state) {
  std::string out;
  append_state(out, state);
  return out;
}

}  // namespace wharf::protocol
