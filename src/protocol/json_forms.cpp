#include "protocol/json_forms.h"

#include "protocol/json_writer.h"

namespace wharf::protocol {

StreamDescriptor read_descriptor(const JsonNode& node) {
  StreamDescriptor descriptor;
  std::optional<std::string> name;
  for (const JsonNode& member : node.members()) {
    const std::string key = member.name();
    if (key == "name") name = member.as_string();
    if (key == "namespace" && !member.is_null()) descriptor.name_space = member.as_string();
  }
  if (!name) node.missing("name");
  descriptor.name = std::move(*name);
  return descriptor;
}

void append_descriptor(std::string& out, const StreamDescriptor& descriptor) {
  JsonObjectWriter object(out);
  object.string("name", std::string_view(descriptor.name));
  object.string("namespace", descriptor.name_space);
}

bool take(const JsonNode& node, std::optional<std::string>& into) {
  if (node.is_null()) return true;
  if (!node.is(JsonNode::Kind::string)) return false;
  into = node.as_string();
  return true;
}

bool take(const JsonNode& node, std::optional<std::int64_t>& into) {
  if (node.is_null()) return true;
  const auto value = node.integer();
  if (value) into = value;
  return value.has_value();
}

bool take(const JsonNode& node, std::string& into) {
  if (node.is_null()) return true;
  if (!node.is(JsonNode::Kind::string)) return false;
  into = node.as_string();
  return true;
}

bool take(const JsonNode& node, bool& into) {
  if (node.is_null()) return true;
  if (!node.is(JsonNode::Kind::boolean)) return false;
  into = node.as_bool();
  return true;
}

std::optional<JsonText> optional_text(const JsonNode& node) {
  if (node.is_null()) return std::nullopt;
  return JsonText(node.text());
}

void keep(const JsonNode& node, Extra& extra) {
  extra.emplace_back(node.name(), node.text());
}

}  // namespace wharf::protocol
