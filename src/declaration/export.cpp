#include "declaration/export.h"

#include "connection/connection_table.h"
#include "connection/endpoint_table.h"
#include "connection/named_secrets.h"
#include "declaration/form.h"
#include "definition/definition_table.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace wharf::declaration {
namespace {

using ExportJson = nlohmann::ordered_json;
using connection::StoredEndpoint;
using connection::Thing;
using definition::Kind;

Kind kind_of(Thing thing) {
  return thing == Thing::source ? Kind::source : Kind::destination;
}

std::optional<StoredEndpoint> endpoint_of(sqlite::Connection& store, Thing thing,
                                          std::string_view id) {
  return connection::endpoint_table::get(store, kind_of(thing), id);
}

// Rows refer to it: it is never missing.
definition::Definition definition_of_row(sqlite::Connection& store, const StoredEndpoint& row) {
  return definition::definition_table::get(store, row.definition).value();
}

ExportJson columns_of(const protocol::Stream& stream) {
  auto names = ExportJson::array();
  const auto schema = ExportJson::parse(stream.json_schema, nullptr, false);
  if (!schema.is_object() || !schema.contains("properties")) return names;
  for (const auto& [name, property] : schema["properties"].items()) names.push_back(name);
  return names;
}

ExportJson stored_connection(sqlite::Connection& store, std::string_view id) {
  const auto row = connection::connection_table::get(store, base::ConnectionId(std::string(id)));
  if (!row) return nullptr;
  const auto source = endpoint_of(store, Thing::source, row->source.value);
  const auto destination = endpoint_of(store, Thing::destination, row->destination.value);
  auto form =
      connection_form(*row, source ? source->name : "", destination ? destination->name : "");
  for (std::size_t i = 0; i < row->catalog.streams.size(); ++i) {
    form["streams"][i]["columns"] = columns_of(row->catalog.streams[i].stream);
  }
  form["managed_by"] = row->managed_by;
  return form;
}

// Gathers what there is; a name that stands twice gets a number.
class Export {
 public:
  Export(sqlite::Connection& store, bool with_state) : store_(store), with_state_(with_state) {}

  Exported run() {
    for (const auto thing : {Thing::source, Thing::destination}) {
      std::set<std::string> taken;
      for (const auto& id : connection::provenance_table::ids(store_, thing))
        endpoint(thing, id, taken);
    }
    std::set<std::string> taken;
    for (const auto& id : connection::provenance_table::ids(store_, Thing::connection)) {
      connection(id, taken);
    }
    return std::move(exported_);
  }

 private:
  void endpoint(Thing thing, const std::string& id, std::set<std::string>& taken) {
    const auto row = endpoint_of(store_, thing, id);
    if (!row) return;
    const auto name = own_name(thing, row->name, taken);
    names_[id] = name;
    note_what_is_not_said(thing, *row);
    auto form = endpoint_form(definition_of_row(store_, *row), name, id, said_config(thing, *row),
                              definition::parse_scoped_resources(row->resources));
    auto& list = thing == Thing::source ? exported_.sources : exported_.destinations;
    list.push_back(std::move(form));
  }

  void connection(const std::string& id, std::set<std::string>& taken) {
    const auto row = connection::connection_table::get(store_, base::ConnectionId(id));
    if (!row) return;
    auto named = *row;
    named.name = own_name(Thing::connection, row->name, taken);
    auto form = connection_form(named, names_[row->source.value], names_[row->destination.value]);
    if (with_state_) {
      auto state = state_form(store_, *row);
      if (!state.is_null()) form["state"] = std::move(state);
    }
    exported_.connections.push_back(std::move(form));
  }

  std::string own_name(Thing thing, const std::string& name, std::set<std::string>& taken) {
    std::string free = name;
    for (int number = 2; !taken.insert(free).second; ++number) {
      free = fmt::format("{} ({})", name, number);
    }
    if (free != name) {
      exported_.notes.push_back(fmt::format("a second {} '{}' is called '{}' here",
                                            connection::name_of(thing), name, free));
    }
    return free;
  }

  // Secrets by name; and what only looks like a reference, in a configuration that came by REST,
  // as if it was one: a declaration could not say it otherwise.
  protocol::JsonText said_config(Thing thing, const StoredEndpoint& row) {
    const auto prefix = connection::secret_prefix(connection::name_of(thing), row.name);
    std::map<std::string, protocol::JsonText> said;
    const auto say = [&](const std::string& pointer, const std::string& name) {
      said[pointer] = ExportJson("${secret:" + name + "}").dump();
      exported_.secrets.push_back(name);
    };
    for (const auto& kept : connection::kept_secrets(row.config, prefix))
      say(kept.pointer, kept.name);
    if (!row.is_declared()) {
      for (const auto& pointer : connection::reference_like(row.config))
        say(pointer, prefix + pointer);
    }
    return connection::with_values(row.config, said);
  }

  void note_what_is_not_said(Thing thing, const StoredEndpoint& row) {
    if (row.overlay) {
      exported_.notes.push_back(
          fmt::format("the connector of {} '{}' has changed its configuration by itself since (a "
                      "rotated secret, say): that is not in it",
                      connection::name_of(thing), row.name));
    }
    if (row.workspace) {
      exported_.notes.push_back(
          fmt::format("{} '{}' stands in workspace {}: a declaration has one "
                      "workspace only",
                      connection::name_of(thing), row.name, *row.workspace));
    }
  }

  sqlite::Connection& store_;
  const bool with_state_;
  std::map<std::string, std::string> names_;  // by id, of sources and destinations
  Exported exported_;
};

}  // namespace

ExportJson stored_form(sqlite::Connection& store, Thing thing, std::string_view id) {
  if (thing == Thing::connection) return stored_connection(store, id);
  const auto row = endpoint_of(store, thing, id);
  if (!row) return nullptr;
  auto form = endpoint_form(definition_of_row(store, *row), row->name, row->id, row->config,
                            definition::parse_scoped_resources(row->resources));
  form["managed_by"] = row->managed_by;
  return form;
}

ExportJson Exported::declaration() const {
  return {{"version", 1},
          {"sources", sources},
          {"destinations", destinations},
          {"connections", connections}};
}

Exported export_all(sqlite::Connection& store, bool with_state) {
  return Export(store, with_state).run();
}

}  // namespace wharf::declaration
