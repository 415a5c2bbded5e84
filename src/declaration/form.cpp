#include "declaration/form.h"

#include "checkpoint/checkpoint_table.h"
#include "connection/catalog_check.h"
#include "connection/sync_mode.h"
#include "declaration/declared_id.h"
#include "definition/resources.h"

#include <nlohmann/json.hpp>

namespace wharf::declaration {
namespace {

using FormJson = nlohmann::ordered_json;

FormJson resources_form(const definition::Resources& resources) {
  auto form = FormJson::object();
  if (resources.milli_cpus) form["cpu"] = *resources.milli_cpus / 1000.0;
  if (resources.memory) form["memory"] = definition::memory_text(*resources.memory);
  if (resources.milli_cpus_request) form["cpu_request"] = *resources.milli_cpus_request / 1000.0;
  if (resources.memory_request) {
    form["memory_request"] = definition::memory_text(*resources.memory_request);
  }
  return form;
}

FormJson resources_form(const definition::ScopedResources& said) {
  constexpr std::pair<const char*, std::string_view> kJobs[] = {
      {"sync", definition::kSyncJob},
      {"check", definition::kCheckJob},
      {"discover", definition::kDiscoverJob},
      {"spec", definition::kSpecJob}};
  auto form = resources_form(said.usual);
  for (const auto& [key, job] : kJobs) {
    const auto own = said.by_job.find(job);
    if (own != said.by_job.end()) form[key] = resources_form(own->second);
  }
  return form;
}

FormJson resources_form(const definition::SideResources& said) {
  if (said.source == said.destination) return resources_form(said.source);
  auto form = FormJson::object();
  if (said.source != definition::Resources{}) form["source"] = resources_form(said.source);
  if (said.destination != definition::Resources{}) {
    form["destination"] = resources_form(said.destination);
  }
  return form;
}

FormJson program_form(const definition::Program& program) {
  FormJson form;
  if (const auto* image = std::get_if<definition::Image>(&program)) {
    form["image"] = image->reference;
    if (!image->environment.empty()) form["env"] = image->environment;
    auto resources = resources_form(image->resources);
    if (!resources.empty()) form["resources"] = std::move(resources);
    return form;
  }
  const auto& command = std::get<definition::Command>(program);
  form["command"] = command.argv;
  if (!command.working_directory.empty()) form["working_directory"] = command.working_directory;
  if (!command.environment.empty()) form["env"] = command.environment;
  return form;
}

FormJson connector_form(const definition::Definition& definition) {
  if (const auto* builtin = std::get_if<definition::Builtin>(&definition.program)) {
    return builtin->name;
  }
  FormJson form = program_form(definition.program);
  if (definition.ipc) form["ipc"] = FormJson::parse(*definition.ipc);
  if (definition.resumable_full_refresh) form["resumable_full_refresh"] = true;
  if (const auto silence = definition.max_between_messages) {
    form["max_seconds_between_messages"] = silence->count();
  }
  if (definition.holds_position) form["position"] = true;
  if (definition.supports_refreshes && !definition.holds_position) {
    form["supports_refreshes"] = true;
  }
  return form;
}

FormJson chosen_fields(const protocol::Stream& stream) {
  auto names = FormJson::array();
  const auto schema = FormJson::parse(stream.json_schema, nullptr, false);
  if (!schema.is_object() || !schema.contains("properties")) return names;
  for (const auto& [name, property] : schema["properties"].items()) names.push_back(name);
  return names;
}

FormJson stream_form(const protocol::ConfiguredStream& configured,
                     const protocol::JsonText& settings) {
  const auto& stream = configured.stream;
  FormJson form{{"name", stream.descriptor.name}};
  if (stream.descriptor.name_space) form["namespace"] = *stream.descriptor.name_space;
  const auto* mode =
      connection::find_sync_mode(configured.sync_mode, configured.destination_sync_mode);
  if (mode != nullptr) form["sync_mode"] = mode->name;
  const bool usual = configured.cursor_field == stream.default_cursor_field;
  if (!stream.source_defined_cursor && !usual) form["cursor_field"] = configured.cursor_field;
  if (stream.source_defined_primary_key.empty() && !configured.primary_key.empty()) {
    form["primary_key"] = configured.primary_key;
  }
  const auto name = protocol::to_string(stream.descriptor);
  const auto order = connection::field_order(settings);
  if (const auto named = order.find(name); named != order.end()) {
    form["selected_fields"] = named->second;
  } else if (connection::chosen_fields(settings).contains(name)) {
    form["selected_fields"] = chosen_fields(stream);
  }
  return form;
}

FormJson namespace_form(const protocol::NamespaceMapping& names) {
  using Definition = protocol::NamespaceMapping::Definition;
  if (names.definition == Definition::custom_format) {
    return {{"definition", "custom_format"}, {"format", names.format}};
  }
  return {{"definition", names.definition == Definition::destination ? "destination" : "source"}};
}

// What kind it is stands first.
FormJson schedule_form(const protocol::JsonText& schedule) {
  const auto words = FormJson::parse(schedule, nullptr, false);
  FormJson form{{"type", words.value("type", "manual")}};
  for (const auto& [key, value] : words.items()) form[key] = value;
  return form;
}

FormJson counters_form(const checkpoint::Counters& counters) {
  FormJson form;
  if (!counters.stream.name.empty()) form["name"] = counters.stream.name;
  if (counters.stream.name_space) form["namespace"] = *counters.stream.name_space;
  form["generation"] = counters.generation;
  if (counters.minimum_generation > 0) form["truncates"] = true;
  form["epoch"] = counters.epoch;
  if (counters.edit != checkpoint::Edit::none) form["edited"] = true;
  return form;
}

}  // namespace

FormJson endpoint_form(const definition::Definition& definition, std::string_view name,
                       const std::string& id, const protocol::JsonText& configuration,
                       const definition::ScopedResources& resources) {
  FormJson form{{"name", name}};
  if (id != declared_id(definition::name_of(definition.kind), name)) form["id"] = id;
  form["connector"] = connector_form(definition);
  const bool is_image = std::holds_alternative<definition::Image>(definition.program);
  if (is_image && !resources.empty()) form["resources"] = resources_form(resources);
  form["configuration"] = FormJson::parse(configuration, nullptr, false);
  return form;
}

FormJson connection_form(const connection::Connection& connection, const std::string& source,
                         const std::string& destination) {
  FormJson form{{"name", connection.name}};
  if (connection.id.value != declared_id("connection", connection.name)) {
    form["id"] = connection.id.value;
  }
  form["source"] = source;
  form["destination"] = destination;
  form["status"] = connection::name_of(connection.status);
  form["schedule"] = schedule_form(connection.schedule);
  const auto& names = connection.mapping;
  if (names.definition != protocol::NamespaceMapping::Definition::source) {
    form["namespace"] = namespace_form(names);
  }
  if (!names.prefix.empty()) form["prefix"] = names.prefix;
  if (connection.mode != connection::Mode::automatic) {
    form["mode"] = connection::name_of(connection.mode);
  }
  if (connection.resources != definition::SideResources{}) {
    form["resources"] = resources_form(connection.resources);
  }
  auto streams = FormJson::array();
  for (const auto& stream : connection.catalog.streams) {
    streams.push_back(stream_form(stream, connection.settings));
  }
  form["streams"] = std::move(streams);
  return form;
}

FormJson state_form(sqlite::Connection& store, const connection::Connection& connection) {
  const auto state = checkpoint::checkpoint_table::load(store, connection.id);
  auto counters = FormJson::array();
  for (const auto& each : checkpoint::generation_table::all(store, connection.id)) {
    counters.push_back(counters_form(each));
  }
  if (state.empty() && counters.empty()) return nullptr;
  FormJson form;
  // As a text: what sources wrote stays as they wrote it, letter for letter.
  if (!state.empty()) form["checkpoints"] = protocol::to_json(state);
  if (!counters.empty()) form["counters"] = std::move(counters);
  return form;
}

}  // namespace wharf::declaration
