#include <wharf/protocol/state.h>

#include <algorithm>

#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

// A position decides where rows end, so nothing in it is guessed: a value of another kind is an
// error, and so is a generation or epoch that is not said.

void read_member(const JsonNode& member, StreamPosition& stream) {
  const std::string name = member.name();
  if (member.is_null()) return;
  if (name == "generation") stream.generation = member.as_integer();
  if (name == "epoch") stream.epoch = member.as_integer();
  if (name == "state") stream.state = member.text();
  if (name == "complete") stream.complete = member.as_bool();
  if (name == "length") stream.length = member.as_integer();
  if (name == "inode") stream.inode = member.as_integer();
}

StreamPosition read_stream_position(const JsonNode& node) {
  StreamPosition stream;
  stream.descriptor = read_descriptor(node);
  node.required("generation");
  node.required("epoch");
  for (const JsonNode& member : node.members()) read_member(member, stream);
  return stream;
}

void append_stream_position(std::string& out, const StreamPosition& stream) {
  JsonObjectWriter object(out);
  if (stream.descriptor.name_space) {
    object.string("namespace", stream.descriptor.name_space);
  } else {
    object.json("namespace", std::string_view("null"));
  }
  object.string("name", std::string_view(stream.descriptor.name));
  object.integer("generation", stream.generation);
  object.integer("epoch", stream.epoch);
  object.json_or_null("state", stream.state);
  object.boolean("complete", stream.complete);
  object.integer("length", stream.length);
  object.integer("inode", stream.inode);
}

void append_integer_or_null(JsonObjectWriter& object, std::string_view name,
                            const std::optional<std::int64_t>& value) {
  object.key(name) += value ? std::to_string(*value) : "null";
}

}  // namespace

const StreamPosition* Position::find(const StreamDescriptor& descriptor) const {
  const auto found = std::ranges::find(streams, descriptor, &StreamPosition::descriptor);
  return found == streams.end() ? nullptr : &*found;
}

Position read_position(const JsonNode& node) {
  Position position;
  const JsonNode streams = node.required("streams");
  for (const JsonNode& stream : streams.elements())
    position.streams.push_back(read_stream_position(stream));
  for (const JsonNode& member : node.members()) {
    if (member.is_null()) continue;
    const std::string name = member.name();
    if (name == "job") position.job = member.as_integer();
    if (name == "attempt") position.attempt = member.as_integer();
    if (name == "epoch") position.epoch = member.as_integer();
    if (name == "global") position.global = member.text();
  }
  return position;
}

void append_position(std::string& out, const Position& position) {
  JsonObjectWriter object(out);
  append_integer_or_null(object, "job", position.job);
  append_integer_or_null(object, "attempt", position.attempt);
  object.integer("epoch", position.epoch);
  append_json_array(object.key("streams"), position.streams, append_stream_position);
  object.json_or_null("global", position.global);
}

Result<Position> parse_position(std::string_view json) {
  return as_result([&] { return read_position(JsonNode(whole_json(json))); });
}

std::string to_json(const Position& position) {
  std::string out;
  append_position(out, position);
  return out;
}

}  // namespace wharf::protocol
