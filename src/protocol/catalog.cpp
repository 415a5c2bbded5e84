#include <wharf/protocol/catalog.h>

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "protocol/json_forms.h"
#include "protocol/json_writer.h"

namespace wharf::protocol {
namespace {

constexpr std::array<std::pair<SyncMode, std::string_view>, 2> kSyncModes{{
    {SyncMode::full_refresh, "full_refresh"},
    {SyncMode::incremental, "incremental"},
}};

constexpr std::array<std::pair<DestinationSyncMode, std::string_view>, 6> kDestinationSyncModes{{
    {DestinationSyncMode::append, "append"},
    {DestinationSyncMode::overwrite, "overwrite"},
    {DestinationSyncMode::append_dedup, "append_dedup"},
    {DestinationSyncMode::overwrite_dedup, "overwrite_dedup"},
    {DestinationSyncMode::update, "update"},
    {DestinationSyncMode::soft_delete, "soft_delete"},
}};

template <class Names, class Mode>
std::string_view find_name(const Names& names, Mode mode) {
  return std::ranges::find(names, mode, [](const auto& entry) { return entry.first; })->second;
}

template <class Mode, class Names>
std::optional<Mode> find_mode(const Names& names, std::string_view name) {
  const auto found = std::ranges::find(names, name, [](const auto& entry) { return entry.second; });
  if (found == names.end()) return std::nullopt;
  return found->first;
}

/// A path; a name alone is one of a single step, as older sources write it.
FieldPath read_path(const JsonNode& node) {
  if (node.is_null()) return {};
  if (node.is(JsonNode::Kind::string)) return {node.as_string()};
  FieldPath path;
  for (const JsonNode& step : node.elements()) path.push_back(step.as_string());
  return path;
}

std::vector<FieldPath> read_paths(const JsonNode& node) {
  if (node.is_null()) return {};
  std::vector<FieldPath> paths;
  for (const JsonNode& path : node.elements()) paths.push_back(read_path(path));
  return paths;
}

/// The modes we know; those of a later protocol are of no use to us.
std::vector<SyncMode> read_sync_modes(const JsonNode& node) {
  if (node.is_null()) return {};
  std::vector<SyncMode> modes;
  for (const JsonNode& name : node.elements()) {
    if (const auto mode = sync_mode_from(name.as_string())) modes.push_back(*mode);
  }
  return modes;
}

JsonText read_object_text(const JsonNode& node) {
  node.members();
  return JsonText(node.text());
}

// Each member is looked at once: a catalog may be long, and a list shows a hundred.
Stream read_stream(const JsonNode& node) {
  Stream stream;
  std::optional<std::string> stream_name;
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "name") {
      stream_name = member.as_string();
    } else if (name == "namespace") {
      if (!member.is_null()) stream.descriptor.name_space = member.as_string();
    } else if (name == "json_schema") {
      if (!member.is_null()) stream.json_schema = read_object_text(member);
    } else if (name == "supported_sync_modes") {
      stream.supported_sync_modes = read_sync_modes(member);
    } else if (name == "default_cursor_field") {
      stream.default_cursor_field = read_path(member);
    } else if (name == "source_defined_primary_key") {
      stream.source_defined_primary_key = read_paths(member);
    } else if (!(name == "source_defined_cursor" && take(member, stream.source_defined_cursor)) &&
               !(name == "is_resumable" && take(member, stream.is_resumable)) &&
               !(name == "is_file_based" && take(member, stream.is_file_based))) {
      keep(member, stream.extra);
    }
  }
  if (!stream_name) node.missing("name");
  stream.descriptor.name = std::move(*stream_name);
  return stream;
}

template <class Mode>
Mode read_mode(const JsonNode& node, std::optional<Mode> (*mode_from)(std::string_view)) {
  const std::string name = node.as_string();
  const auto mode = mode_from(name);
  if (!mode) node.fail(fmt::format("'{}' is no sync mode", name));
  return *mode;
}

ConfiguredStream read_configured_stream(const JsonNode& node) {
  ConfiguredStream configured;
  std::optional<JsonNode> stream;
  for (const JsonNode& member : node.members()) {
    const std::string name = member.name();
    if (name == "stream") {
      stream = member;
    } else if (name == "sync_mode") {
      configured.sync_mode = read_mode(member, sync_mode_from);
    } else if (name == "destination_sync_mode") {
      configured.destination_sync_mode = read_mode(member, destination_sync_mode_from);
    } else if (name == "cursor_field") {
      configured.cursor_field = read_path(member);
    } else if (name == "primary_key") {
      configured.primary_key = read_paths(member);
    } else if (!(name == "generation_id" && take(member, configured.generation_id)) &&
               !(name == "minimum_generation_id" &&
                 take(member, configured.minimum_generation_id)) &&
               !(name == "sync_id" && take(member, configured.sync_id))) {
      keep(member, configured.extra);
    }
  }
  if (!stream || stream->is_null()) node.missing("stream");
  configured.stream = read_stream(*stream);
  return configured;
}

/// Reads `{"streams": […], …}`, each stream by `read`.
template <class AnyCatalog, class Read>
AnyCatalog read_streams(const JsonNode& node, Read read) {
  AnyCatalog catalog;
  std::optional<JsonNode> streams;
  for (const JsonNode& member : node.members()) {
    if (member.name() == "streams") {
      streams = member;
    } else {
      keep(member, catalog.extra);
    }
  }
  if (!streams || streams->is_null()) node.missing("streams");
  for (const JsonNode& stream : streams->elements()) catalog.streams.push_back(read(stream));
  return catalog;
}

void append_path(std::string& out, const FieldPath& path) {
  append_json_array(out, path, append_json_string);
}

void append_paths(std::string& out, const std::vector<FieldPath>& paths) {
  append_json_array(out, paths, append_path);
}

void append_stream(std::string& out, const Stream& stream) {
  JsonObjectWriter object(out);
  object.string("name", std::string_view(stream.descriptor.name));
  object.string("namespace", stream.descriptor.name_space);
  object.json("json_schema", std::string_view(stream.json_schema));
  append_json_array(
      object.key("supported_sync_modes"), stream.supported_sync_modes,
      [](std::string& list, SyncMode mode) { append_json_string(list, name_of(mode)); });
  if (stream.source_defined_cursor) object.boolean("source_defined_cursor", true);
  if (!stream.default_cursor_field.empty()) {
    append_path(object.key("default_cursor_field"), stream.default_cursor_field);
  }
  if (!stream.source_defined_primary_key.empty()) {
    append_paths(object.key("source_defined_primary_key"), stream.source_defined_primary_key);
  }
  if (stream.is_resumable) object.boolean("is_resumable", true);
  if (stream.is_file_based) object.boolean("is_file_based", true);
  object.extra(stream.extra);
}

void append_configured_stream(std::string& out, const ConfiguredStream& configured) {
  JsonObjectWriter object(out);
  append_stream(object.key("stream"), configured.stream);
  object.string("sync_mode", name_of(configured.sync_mode));
  object.string("destination_sync_mode", name_of(configured.destination_sync_mode));
  if (!configured.cursor_field.empty()) {
    append_path(object.key("cursor_field"), configured.cursor_field);
  }
  if (!configured.primary_key.empty()) {
    append_paths(object.key("primary_key"), configured.primary_key);
  }
  object.integer("generation_id", configured.generation_id);
  object.integer("minimum_generation_id", configured.minimum_generation_id);
  object.integer("sync_id", configured.sync_id);
  object.extra(configured.extra);
}

}  // namespace

std::string to_string(const StreamDescriptor& descriptor) {
  if (descriptor.name_space.value_or("").empty()) return descriptor.name;
  return *descriptor.name_space + '.' + descriptor.name;
}

std::string_view name_of(SyncMode mode) {
  return find_name(kSyncModes, mode);
}
std::string_view name_of(DestinationSyncMode mode) {
  return find_name(kDestinationSyncModes, mode);
}
std::optional<SyncMode> sync_mode_from(std::string_view name) {
  return find_mode<SyncMode>(kSyncModes, name);
}
std::optional<DestinationSyncMode> destination_sync_mode_from(std::string_view name) {
  return find_mode<DestinationSyncMode>(kDestinationSyncModes, name);
}

const FieldPath& ConfiguredStream::cursor() const {
  // A source that defines its cursor names it as the default; the user's choice does not count
  // then.
  const bool sources_own = stream.source_defined_cursor && !stream.default_cursor_field.empty();
  return sources_own || cursor_field.empty() ? stream.default_cursor_field : cursor_field;
}

const ConfiguredStream* ConfiguredCatalog::find(const StreamDescriptor& descriptor) const {
  const auto found = std::ranges::find_if(
      streams, [&](const auto& entry) { return entry.stream.descriptor == descriptor; });
  return found == streams.end() ? nullptr : &*found;
}

Catalog read_catalog(const JsonNode& node) {
  return read_streams<Catalog>(node, read_stream);
}

void append_catalog(std::string& out, const Catalog& catalog) {
  JsonObjectWriter object(out);
  append_json_array(object.key("streams"), catalog.streams, append_stream);
  object.extra(catalog.extra);
}

Result<Catalog> parse_catalog(std::string_view json) {
  return as_result([&] { return read_catalog(JsonNode(whole_json(json))); });
}

Result<ConfiguredCatalog> parse_configured_catalog(std::string_view json) {
  return as_result([&] {
    return read_streams<ConfiguredCatalog>(JsonNode(whole_json(json)), read_configured_stream);
  });
}

std::string to_json(const Catalog& catalog) {
  std::string out;
  append_catalog(out, catalog);
  return out;
}

std::string to_json(const ConfiguredCatalog& catalog) {
  std::string out;
  {
    JsonObjectWriter object(out);
    append_json_array(object.key("streams"), catalog.streams, append_configured_stream);
    object.extra(catalog.extra);
  }
  return out;
}

}  // namespace wharf::protocol
