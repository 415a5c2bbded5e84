#include "connection/catalog_check.h"

#include "checkpoint/state_edit.h"
#include "connection/connection_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace wharf::connection {

std::size_t fields_of(const protocol::ConfiguredCatalog& catalog) {
  std::size_t count = 0;
  for (const auto& stream : catalog.streams) {
    const auto schema = nlohmann::json::parse(stream.stream.json_schema, nullptr, false);
    if (schema.is_object() && schema.contains("properties")) count += schema["properties"].size();
  }
  return count;
}

std::optional<std::string> too_many_fields(const protocol::ConfiguredCatalog& catalog) {
  const auto fields = fields_of(catalog);
  if (fields <= kFieldsMax) return std::nullopt;
  return fmt::format("{} fields are selected; a connection has {} at most", fields, kFieldsMax);
}

std::vector<Meeting> meetings(const protocol::ConfiguredCatalog& catalog,
                              const protocol::NamespaceMapping& names) {
  std::vector<Meeting> found;
  std::map<protocol::StreamDescriptor, std::string> taken;
  for (const auto& stream : catalog.streams) {
    const auto& name = stream.stream.descriptor;
    const auto [first, fresh] = taken.emplace(names.map(name), protocol::to_string(name));
    if (fresh) continue;
    found.push_back({first->second, protocol::to_string(name), protocol::to_string(first->first)});
  }
  return found;
}

namespace {

// The choice that a stream was chosen by: one that names it goes before `*`.
const StreamChoice* choice_of(std::span<const StreamChoice> choices,
                              const protocol::StreamDescriptor& stream) {
  const StreamChoice* every = nullptr;
  for (const auto& choice : choices) {
    const bool here = !choice.name_space || *choice.name_space == stream.name_space.value_or("");
    if (choice.name == stream.name && here) return &choice;
    if (choice.name == "*" && every == nullptr) every = &choice;
  }
  return every;
}

}  // namespace

protocol::JsonText settings_of(std::span<const StreamChoice> choices,
                               const protocol::ConfiguredCatalog& catalog) {
  auto names = nlohmann::json::array();
  auto order = nlohmann::json::object();
  for (const auto& stream : catalog.streams) {
    const auto& name = stream.stream.descriptor;
    const auto* choice = choice_of(choices, name);
    if (choice == nullptr || choice->selected_fields.empty()) continue;
    names.push_back(protocol::to_string(name));
    order[protocol::to_string(name)] = choice->selected_fields;
  }
  nlohmann::json settings{{"chosen_fields", std::move(names)}};
  if (!order.empty()) settings["field_order"] = std::move(order);
  return settings.dump();
}

ChosenFields chosen_fields(const protocol::JsonText& settings) {
  ChosenFields chosen;
  const auto json = nlohmann::json::parse(settings, nullptr, false);
  if (!json.is_object() || !json.contains("chosen_fields")) return chosen;
  for (const auto& name : json["chosen_fields"]) {
    if (name.is_string()) chosen.insert(name.get<std::string>());
  }
  return chosen;
}

protocol::JsonText with_names(const protocol::JsonText& settings,
                              const protocol::NamespaceMapping& names) {
  auto json = nlohmann::json::parse(settings, nullptr, false);
  if (!json.is_object()) json = nlohmann::json::object();
  json["names"] = nlohmann::json::parse(protocol::to_json(names));
  return json.dump();
}

std::optional<protocol::NamespaceMapping> names_of(const protocol::JsonText& settings) {
  const auto json = nlohmann::json::parse(settings, nullptr, false);
  if (!json.is_object() || !json.contains("names")) return std::nullopt;
  return protocol::parse_namespace_mapping(json["names"].dump()).value();  // ours: it parses
}

std::vector<protocol::StreamDescriptor> changed_modes(const protocol::ConfiguredCatalog& before,
                                                      const protocol::ConfiguredCatalog& after) {
  std::vector<protocol::StreamDescriptor> changed;
  for (const auto& stream : after.streams) {
    const auto* known = before.find(stream.stream.descriptor);
    if (known != nullptr && known->sync_mode != stream.sync_mode)
      changed.push_back(stream.stream.descriptor);
  }
  return changed;
}

void forget_changed_modes(sqlite::Transaction& transaction, const Connection& row) {
  const auto stored = connection_table::get(transaction, row.id);
  if (!stored) return;
  const auto changed = changed_modes(stored->catalog, row.catalog);
  if (changed.empty()) return;
  std::vector<protocol::StreamDescriptor> all;
  for (const auto& stream : row.catalog.streams) all.push_back(stream.stream.descriptor);
  checkpoint::clear_state(transaction, row.id, changed, all);
}

FieldOrder field_order(const protocol::JsonText& settings) {
  const auto json = nlohmann::json::parse(settings, nullptr, false);
  if (!json.is_object() || !json.contains("field_order")) return {};
  return json["field_order"].get<FieldOrder>();
}

}  // namespace wharf::connection
