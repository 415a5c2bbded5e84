#include "api/connection_edits.h"

#include "api/configuration_change.h"
#include "api/connection_form.h"
#include "api/connections.h"
#include "api/json_body.h"
#include "api/members.h"
#include "api/problem.h"
#include "api/workspaces.h"
#include "base/text.h"
#include "base/uuid.h"
#include "connection/catalog_check.h"
#include "connection/catalog_merge.h"
#include "connection/connection_table.h"
#include "connection/sync_mode.h"
#include "job/clear_request_table.h"
#include "job/job_steps.h"
#include "job/job_table.h"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

using connection::StreamChoice;
using definition::Kind;
using nlohmann::json;
namespace connections = connection::connection_table;

struct Ends {
  KnownEndpoint source;
  KnownEndpoint destination;
};

Ends ends_of(const Services& services, const std::string& source, const std::string& destination) {
  auto to = known_endpoint(services, Kind::destination, destination);
  return {known_endpoint(services, Kind::source, source), std::move(to)};
}

// Nothing chosen: every stream, read whole and overwritten, where that can be had.
std::vector<StreamChoice> every_stream(const protocol::Catalog& catalog,
                                       std::span<const protocol::DestinationSyncMode> modes) {
  std::vector<StreamChoice> choices;
  for (const auto& stream : catalog.streams) {
    StreamChoice choice;
    choice.name = stream.descriptor.name;
    choice.name_space = stream.descriptor.name_space.value_or("");
    const auto* usual = connection::find_sync_mode("full_refresh_overwrite");
    if (connection::is_available(*usual, stream, modes)) choice.sync_mode = usual->name;
    choices.push_back(std::move(choice));
  }
  return choices;
}

void require_room(const connection::Connection& connection) {
  const auto met = connection::meetings(connection.catalog, connection.mapping);
  if (!met.empty()) {
    throw Refused(bad_request(fmt::format(
        "The streams '{}' and '{}' would both become '{}' in the destination; give them apart with "
        "namespaceDefinition or prefix.",
        met.front().first, met.front().second, met.front().place)));
  }
  if (const auto problem = connection::too_many_fields(connection.catalog)) {
    throw Refused(bad_request(*problem + "."));
  }
}

// As they were named: whoever compares what it has sent with what it is told finds no difference.
void put_in_order(protocol::ConfiguredCatalog& catalog, std::span<const StreamChoice> choices) {
  const auto place = [&](const protocol::ConfiguredStream& stream) {
    const auto& name = stream.stream.descriptor;
    return std::ranges::find_if(choices, [&](const StreamChoice& choice) {
      return choice.name == name.name &&
             (!choice.name_space || *choice.name_space == name.name_space.value_or(""));
    });
  };
  std::ranges::stable_sort(catalog.streams, {}, place);
}

// Asks both ends; sets everything that a job freezes.
void choose_streams(const Services& services, const Ends& ends, std::vector<StreamChoice> choices,
                    connection::Connection& connection) {
  const auto& [source, destination] = ends;
  const auto modes = services.connectors.spec(asked(destination.endpoint, destination.definition))
                         .value()
                         .supported_destination_sync_modes;
  const auto catalog = services.connectors.discover(source.endpoint, false).value();
  if (choices.empty()) choices = every_stream(catalog, modes);
  auto merged = connection::merge_catalog(catalog, choices, modes);
  if (!merged.problems.empty()) {
    std::string text;
    for (const auto& problem : merged.problems) {
      text += text.empty() ? problem.message : "; " + problem.message;
    }
    throw Refused(bad_request(text + "."));
  }
  connection.catalog = std::move(merged.catalog);
  put_in_order(connection.catalog, choices);
  connection.settings = connection::settings_of(choices, connection.catalog);
  connection.resumable_full_refresh =
      (source.definition.is_builtin() || source.definition.resumable_full_refresh) &&
      destination.definition.supports_refreshes;
}

// What a job of it freezes beside its streams; another hash whenever it would be another job.
void mark(connection::Connection& connection) {
  connection.settings = connection::with_names(connection.settings, connection.mapping);
  const json all = {connection.source.value, connection.destination.value,
                    protocol::to_json(connection.mapping), protocol::to_json(connection.catalog)};
  connection.config_hash = base::fingerprint(dump(all));
}

void require_changeable(const connection::Connection& connection) {
  if (connection.managed_by == "api") return;
  throw Refused(state_conflict(
      fmt::format("The connection '{}' is managed by a file (managed_by: {}): it is changed there.",
                  connection.name, connection.managed_by)));
}

std::string workspace_of(const std::optional<std::string>& named, sqlite::Connection& store) {
  return named ? *named : default_workspace(store).value_or("");
}

Response create_connection(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto form = read_connection_form(body);
  const auto ends =
      ends_of(services, required_word(body, "sourceId"), required_word(body, "destinationId"));
  connection::Connection made;
  made.id = base::ConnectionId(base::random_uuid());
  made.name = fmt::format("{} <> {}", ends.source.endpoint.name, ends.destination.endpoint.name);
  made.source = base::SourceId(ends.source.endpoint.id);
  made.destination = base::DestinationId(ends.destination.endpoint.id);
  made.mapping.definition = protocol::NamespaceMapping::Definition::destination;
  made.managed_by = "api";
  form.apply_to(made);
  choose_streams(services, ends, form.streams, made);
  require_room(made);
  mark(made);
  services.database.write([&](sqlite::Transaction& transaction) {
    namespace endpoints = connection::endpoint_table;
    const auto source = endpoints::get(transaction, Kind::source, made.source.value);
    const auto destination = endpoints::get(transaction, Kind::destination, made.destination.value);
    if (!source) throw Refused(resource_not_found(resource_of(Kind::source), made.source.value));
    if (!destination) {
      throw Refused(resource_not_found(resource_of(Kind::destination), made.destination.value));
    }
    if (workspace_of(source->workspace, transaction) !=
        workspace_of(destination->workspace, transaction))
      throw Refused(bad_request("The source and the destination stand in different workspaces."));
    connections::put(transaction, made, services.clock.wall());
  });
  services.connection_changed(made.id);
  return shown_connection(services, made.id.value);
}

// The next attempt of a job that waits would write to other tables than the one before, or other
// streams. A running job goes on as it began; but a stream that is to be read in another way loses
// its state, and not under a sync that writes it.
void end_former_job(sqlite::Transaction& transaction, const connection::Connection& before,
                    const connection::Connection& after, base::WallTime now) {
  const auto active = job::job_table::active(transaction, before.id);
  if (!active || active->config.config_hash == after.config_hash) return;
  if (active->status != job::JobStatus::running) {
    job::job_steps::cancel(transaction, active->id, "its connection has been changed", now).value();
  } else if (!connection::changed_modes(before.catalog, after.catalog).empty()) {
    throw Refused(state_conflict(
        "A sync of the connection is running: how its streams are read can be changed when it has "
        "ended."));
  }
}

Response patch_connection(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto form = read_connection_form(body);
  const base::ConnectionId id(base::to_lower(request.parameter("connectionId")));
  const auto stored = services.database.read(
      [&](sqlite::Connection& store) { return connections::get(store, id); });
  if (!stored) throw Refused(resource_not_found("STANDARD_SYNC", id.value));
  require_changeable(*stored);
  connection::Connection changed = *stored;
  form.apply_to(changed);
  if (!form.streams.empty()) {
    const auto ends = ends_of(services, stored->source.value, stored->destination.value);
    choose_streams(services, ends, form.streams, changed);
  }
  require_room(changed);
  mark(changed);
  services.database.write([&](sqlite::Transaction& transaction) {
    const auto now = services.clock.wall();
    const auto present = connections::get(transaction, id);
    if (!present) throw Refused(resource_not_found("STANDARD_SYNC", id.value));
    if (present->config_hash != stored->config_hash || present->schedule != stored->schedule ||
        present->name != stored->name || present->status != stored->status)
      throw Refused(state_conflict("It was changed by somebody else at the same moment."));
    end_former_job(transaction, *present, changed, now);
    connection::forget_changed_modes(transaction, changed);
    connections::put(transaction, changed, now);
  });
  services.connection_changed(id);
  return shown_connection(services, id.value);
}

Response remove_connection(const Services& services, const Request& request) {
  const base::ConnectionId id(base::to_lower(request.parameter("connectionId")));
  services.database.write([&](sqlite::Transaction& transaction) {
    delete_connection(transaction, id, services.clock.wall());
  });
  services.connection_changed(id);
  services.jobs_enqueued();
  return empty_response();
}

}  // namespace

void delete_connection(sqlite::Transaction& transaction, const base::ConnectionId& id,
                       base::WallTime now) {
  const auto stored = connections::get(transaction, id);
  if (!stored) throw Refused(resource_not_found("STANDARD_SYNC", id.value));
  require_changeable(*stored);
  if (const auto active = job::job_table::active(transaction, id)) {
    job::job_steps::request_cancel(transaction, active->id, now).value();
  }
  job::clear_request_table::remove(transaction, id);
  connections::remove(transaction, id, now);
}

void add_connection_edit_routes(Router& router, const Services& services) {
  const auto add = [&](Method method, const char* path, auto act) {
    router.add(Base::public_api, method, path, Access::administer,
               [&services, act](const Request& request) { return act(services, request); });
  };
  add(Method::post, "/connections", create_connection);
  add(Method::patch, "/connections/{connectionId}", patch_connection);
  add(Method::del, "/connections/{connectionId}", remove_connection);
}

}  // namespace wharf::api
