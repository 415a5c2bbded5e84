#include <wharf/protocol/spec.h>

#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

/// The modes we know; those of a later protocol cannot be chosen.
std::vector<DestinationSyncMode> read_modes(const JsonNode& node) {
  if (node.is_null()) return {};
  std::vector<DestinationSyncMode> modes;
  for (const JsonNode& name : node.elements()) {
    if (const auto mode = destination_sync_mode_from(name.as_string())) modes.push_back(*mode);
  }
  return modes;
}

}  // namespace

ConnectorSpecification read_spec(const JsonNode& node) {
  ConnectorSpecification spec;
  const JsonNode schema = node.required("connectionSpecification");
  schema.members();
  spec.connection_specification = schema.text();
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "connectionSpecification") continue;
    if (name == "supported_destination_sync_modes") {
      spec.supported_destination_sync_modes = read_modes(member);
    } else if (!(name == "documentationUrl" && take(member, spec.documentation_url)) &&
               !(name == "changelogUrl" && take(member, spec.changelog_url)) &&
               !(name == "protocol_version" && take(member, spec.protocol_version)) &&
               !(name == "supportsIncremental" && take(member, spec.supports_incremental))) {
      keep(member, spec.extra);
    }
  }
  return spec;
}

void append_spec(std::string& out, const ConnectorSpecification& spec) {
  JsonObjectWriter object(out);
  object.string_if_any("documentationUrl", spec.documentation_url);
  object.string_if_any("changelogUrl", spec.changelog_url);
  object.json("connectionSpecification", std::string_view(spec.connection_specification));
  object.string_if_any("protocol_version", spec.protocol_version);
  if (spec.supports_incremental) object.boolean("supportsIncremental", true);
  if (!spec.supported_destination_sync_modes.empty()) {
    append_json_array(object.key("supported_destination_sync_modes"),
                      spec.supported_destination_sync_modes,
                      [](std::string& list, DestinationSyncMode mode) {
                        append_json_string(list, name_of(mode));
                      });
  }
  object.extra(spec.extra);
}

Result<ConnectorSpecification> parse_spec(std::string_view json) {
  return as_result([&] { return read_spec(JsonNode(whole_json(json))); });
}

std::string to_json(const ConnectorSpecification& spec) {
  std::string out;
  append_spec(out, spec);
  return out;
}

}  // namespace wharf::protocol
