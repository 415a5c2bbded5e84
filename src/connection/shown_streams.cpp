#include "connection/shown_streams.h"

#include <nlohmann/json.hpp>

#include "connection/catalog_check.h"
#include "connection/sync_mode.h"
#include "protocol/json_writer.h"

namespace wharf::connection {
namespace {

using protocol::JsonObjectWriter;

/// Which fields were chosen, and in which order they were named.
struct NamedFields {
  ChosenFields chosen;
  FieldOrder order;
};

void append_path(std::string& out, const protocol::FieldPath& path) {
  protocol::append_json_array(out, path, protocol::append_json_string);
}

void append_field(std::string& out, std::string_view name) {
  JsonObjectWriter object(out);
  append_path(object.key("fieldPath"), {std::string(name)});
}

std::vector<std::string> fields_of_schema(const protocol::JsonText& text) {
  std::vector<std::string> names;
  const auto schema = nlohmann::json::parse(text, nullptr, false);
  if (!schema.is_object() || !schema.contains("properties")) return names;
  for (const auto& [name, property] : schema["properties"].items()) names.push_back(name);
  return names;
}

// None selected: all.
std::vector<std::string> selected_fields(const protocol::ConfiguredStream& stream,
                                         const NamedFields& named) {
  const auto name = protocol::to_string(stream.stream.descriptor);
  if (const auto order = named.order.find(name); order != named.order.end()) return order->second;
  if (named.chosen.contains(name)) return fields_of_schema(stream.stream.json_schema);
  return {};
}

void append_stream(std::string& out, const protocol::ConfiguredStream& stream,
                   const NamedFields& named) {
  JsonObjectWriter object(out);
  object.string("name", std::string_view(stream.stream.descriptor.name));
  append_path(object.key("cursorField"), stream.cursor_field);
  protocol::append_json_array(object.key("primaryKey"), stream.primary_key, append_path);
  protocol::append_json_array(object.key("selectedFields"), selected_fields(stream, named),
                              append_field);
  object.json("mappers", std::string_view("[]"));
  object.string("namespace", stream.stream.descriptor.name_space);
  const auto* mode = find_sync_mode(stream.sync_mode, stream.destination_sync_mode);
  if (mode != nullptr) object.string("syncMode", std::string_view(mode->name));
}

}  // namespace

protocol::JsonText shown_streams(const protocol::ConfiguredCatalog& catalog,
                                 const protocol::JsonText& settings) {
  const NamedFields named{chosen_fields(settings), field_order(settings)};
  protocol::JsonText text;
  protocol::append_json_array(text, catalog.streams, [&](std::string& list, const auto& stream) {
    append_stream(list, stream, named);
  });
  return text;
}

}  // namespace wharf::connection
