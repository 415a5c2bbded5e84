#include "connection/connection_table.h"

#include "connection/shown_streams.h"
#include "sqlite/statement.h"

namespace wharf::connection {

using Definition = protocol::NamespaceMapping::Definition;

std::string_view name_of(ConnectionStatus status) {
  return status == ConnectionStatus::active ? "active" : "inactive";
}

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::automatic:
      return "auto";
    case Mode::socket:
      return "socket";
    case Mode::stdio:
      return "stdio";
  }
  return "auto";
}

namespace connection_table {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, name, source_id, destination_id, status, catalog, namespace_definition,
    namespace_format, prefix, mode, managed_by, schedule, config_hash, settings,
    resumable_full_refresh, created, inactive_reason,
    (select workspace_id from source where source.id = connection.source_id), tombstone,
    resources
  from connection
)sql";

constexpr std::string_view kSelectListed = R"sql(
  select id, name, source_id, destination_id,
    (select workspace_id from source where source.id = connection.source_id), status, tombstone,
    schedule, namespace_definition, namespace_format, prefix,
    (select streams from shown_streams where connection_id = connection.id), created
  from connection where id = ?
)sql";

std::string_view name_of(Definition definition) {
  switch (definition) {
    case Definition::source:
      return "source";
    case Definition::destination:
      return "destination";
    case Definition::custom_format:
      return "custom_format";
  }
  return "source";
}

Definition definition_from(std::string_view name) {
  if (name == "destination") return Definition::destination;
  return name == "custom_format" ? Definition::custom_format : Definition::source;
}

ConnectionStatus status_from(std::string_view name) {
  return name == "active" ? ConnectionStatus::active : ConnectionStatus::inactive;
}

Mode mode_from(std::string_view name) {
  if (name == "socket") return Mode::socket;
  return name == "stdio" ? Mode::stdio : Mode::automatic;
}

Connection read(const sqlite::Run& run) {
  Connection connection;
  connection.id = base::ConnectionId(run.string(0));
  connection.name = run.string(1);
  connection.source = base::SourceId(run.string(2));
  connection.destination = base::DestinationId(run.string(3));
  connection.status = status_from(run.text(4));
  connection.catalog = protocol::parse_configured_catalog(run.text(5)).value();  // ours: it parses
  connection.mapping.definition = definition_from(run.text(6));
  connection.mapping.format = run.string(7);
  connection.mapping.prefix = run.string(8);
  connection.mode = mode_from(run.text(9));
  connection.managed_by = run.string(10);
  connection.schedule = run.string(11);
  connection.config_hash = run.string(12);
  connection.settings = run.string(13);
  connection.resumable_full_refresh = run.integer(14) != 0;
  connection.created = base::from_millis(run.integer(15));
  connection.inactive_reason = run.optional_string(16).value_or("");
  connection.workspace = run.optional_string(17);
  connection.is_deleted = run.integer(18) != 0;
  connection.resources = definition::parse_side_resources(run.string(19));
  return connection;
}

/// Of one that was last written before its streams stood beside it.
protocol::JsonText streams_from_catalog(sqlite::Connection& connection,
                                        const base::ConnectionId& id) {
  auto run = connection.statement("select catalog, settings from connection where id = ?").run(id);
  if (!run.next()) return "[]";
  return shown_streams(protocol::parse_configured_catalog(run.text(0)).value(), run.string(1));
}

std::optional<Listed> first_listed(sqlite::Connection& connection, sqlite::Run run) {
  if (!run.next()) return std::nullopt;
  Listed listed;
  listed.id = base::ConnectionId(run.string(0));
  listed.name = run.string(1);
  listed.source = base::SourceId(run.string(2));
  listed.destination = base::DestinationId(run.string(3));
  listed.workspace = run.optional_string(4);
  listed.status = status_from(run.text(5));
  listed.is_deleted = run.integer(6) != 0;
  listed.schedule = run.string(7);
  listed.mapping.definition = definition_from(run.text(8));
  listed.mapping.format = run.string(9);
  listed.mapping.prefix = run.string(10);
  listed.streams = run.null(11) ? streams_from_catalog(connection, listed.id) : run.string(11);
  listed.created = base::from_millis(run.integer(12));
  return listed;
}

std::optional<Connection> first(sqlite::Run run) {
  if (!run.next()) return std::nullopt;
  return read(run);
}

// In an index alone, in the order of a list.
std::vector<std::string> ids_of_page(sqlite::Connection& connection, std::int64_t most,
                                     std::int64_t offset, const Asked& asked) {
  std::vector<std::string> ids;
  auto take = [&](sqlite::Run run) {
    while (run.next()) ids.push_back(run.string(0));
  };
  if (!asked.workspaces) {
    take(connection
             .statement(R"sql(
               select id from connection where tombstone = 0 or ?
               order by created, id limit ? offset ?)sql")
             .run(asked.deleted_too, most, offset));
    return ids;
  }
  take(connection
           .statement(R"sql(
             select id from connection
             where (tombstone = 0 or ?) and coalesce(
                 (select workspace_id from source where source.id = connection.source_id), ?)
               in (select value from json_each(?))
             order by created, id limit ? offset ?)sql")
           .run(asked.deleted_too, asked.usual_workspace, *asked.workspaces, most, offset));
  return ids;
}

}  // namespace

void put(sqlite::Transaction& transaction, const Connection& connection, base::WallTime now) {
  const auto time = base::to_millis(now);
  transaction
      .statement(R"sql(
        insert into connection
          (id, name, source_id, destination_id, status, catalog, namespace_definition,
           namespace_format, prefix, mode, managed_by, schedule, config_hash, settings,
           resumable_full_refresh, resources, schedule_since, created, updated)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          name = excluded.name, source_id = excluded.source_id,
          destination_id = excluded.destination_id, status = excluded.status,
          inactive_reason = iif(excluded.status = 'active', null, inactive_reason),
          catalog = excluded.catalog, namespace_definition = excluded.namespace_definition,
          namespace_format = excluded.namespace_format, prefix = excluded.prefix,
          mode = excluded.mode, managed_by = excluded.managed_by, updated = excluded.updated,
          schedule_since = iif(schedule = excluded.schedule and status = excluded.status,
            schedule_since, excluded.schedule_since),
          schedule = excluded.schedule, config_hash = excluded.config_hash,
          settings = excluded.settings,
          resumable_full_refresh = excluded.resumable_full_refresh,
          resources = excluded.resources, tombstone = 0)sql")
      .execute(connection.id, connection.name, connection.source, connection.destination,
               connection::name_of(connection.status), protocol::to_json(connection.catalog),
               name_of(connection.mapping.definition), connection.mapping.format,
               connection.mapping.prefix, connection::name_of(connection.mode),
               connection.managed_by, connection.schedule, connection.config_hash,
               connection.settings, connection.resumable_full_refresh,
               definition::to_json(connection.resources), time, time, time);
  transaction
      .statement(R"sql(
        insert into shown_streams (connection_id, streams) values (?, ?)
        on conflict do update set streams = excluded.streams
        where streams is not excluded.streams)sql")
      .execute(connection.id, shown_streams(connection.catalog, connection.settings));
}

std::optional<Connection> get(sqlite::Connection& connection, const base::ConnectionId& id) {
  return first(
      connection.statement(std::string(kSelect) + "where id = ? and tombstone = 0").run(id));
}

std::optional<Connection> find_by_name(sqlite::Connection& connection, std::string_view name) {
  return first(
      connection.statement(std::string(kSelect) + "where name = ? and tombstone = 0 limit 1")
          .run(name));
}

std::optional<Connection> find_declared(sqlite::Connection& connection, std::string_view name) {
  return first(connection
                   .statement(std::string(kSelect) +
                              "where name = ? and managed_by <> 'api' and tombstone = 0 "
                              "order by managed_by = 'apply' limit 1")
                   .run(name));
}

std::vector<Connection> all(sqlite::Connection& connection) {
  std::vector<Connection> connections;
  auto run =
      connection.statement(std::string(kSelect) + "where tombstone = 0 order by name, id").run();
  while (run.next()) connections.push_back(read(run));
  return connections;
}

std::optional<Listed> get_listed(sqlite::Connection& connection, const base::ConnectionId& id) {
  return first_listed(
      connection, connection.statement(std::string(kSelectListed) + "and tombstone = 0").run(id));
}

std::vector<Listed> page(sqlite::Connection& connection, std::int64_t most, std::int64_t offset,
                         const Asked& asked) {
  std::vector<Listed> listed;
  auto& one = connection.statement(kSelectListed);
  for (const auto& id : ids_of_page(connection, most, offset, asked)) {
    auto found = first_listed(connection, one.run(id));
    if (found) listed.push_back(std::move(*found));
  }
  return listed;
}

std::vector<base::ConnectionId> of_endpoint(sqlite::Connection& connection, std::string_view id) {
  std::vector<base::ConnectionId> ids;
  auto run = connection
                 .statement(R"sql(
                   select id from connection
                   where tombstone = 0 and (source_id = ? or destination_id = ?) order by id)sql")
                 .run(id, id);
  while (run.next()) ids.emplace_back(run.string(0));
  return ids;
}

void remove(sqlite::Transaction& transaction, const base::ConnectionId& id, base::WallTime now) {
  transaction
      .statement(R"sql(
        update connection set status = 'inactive', tombstone = 1, updated = ? where id = ?)sql")
      .execute(base::to_millis(now), id);
  set_next_run(transaction, id, std::nullopt);
}

std::vector<std::string> names_between(sqlite::Connection& connection, const base::SourceId& source,
                                       const base::DestinationId& destination) {
  std::vector<std::string> names;
  auto run = connection
                 .statement(R"sql(
                   select name from connection
                   where source_id = ? and destination_id = ? and tombstone = 0
                   order by name)sql")
                 .run(source, destination);
  while (run.next()) names.push_back(run.string(0));
  return names;
}

std::vector<Named> active_declared(sqlite::Connection& connection) {
  std::vector<Named> named;
  auto run = connection
                 .statement(R"sql(
                   select id, name from connection
                   where managed_by = 'file' and status = 'active' order by name)sql")
                 .run();
  while (run.next()) named.push_back({base::ConnectionId(run.string(0)), run.string(1)});
  return named;
}

void set_status(sqlite::Transaction& transaction, const base::ConnectionId& id,
                ConnectionStatus status, base::WallTime now) {
  const auto time = base::to_millis(now);
  transaction
      .statement(R"sql(
        update connection set status = ?, updated = ?, inactive_reason = null,
          schedule_since = iif(status = ?, schedule_since, ?)
        where id = ?)sql")
      .execute(connection::name_of(status), time, connection::name_of(status), time, id);
}

void disable(sqlite::Transaction& transaction, const base::ConnectionId& id,
             std::string_view reason, base::WallTime now) {
  const auto time = base::to_millis(now);
  transaction
      .statement(R"sql(
        update connection set status = 'inactive', updated = ?, inactive_reason = ?,
          schedule_since = iif(status = 'inactive', schedule_since, ?)
        where id = ?)sql")
      .execute(time, reason, time, id);
  set_next_run(transaction, id, std::nullopt);
}

std::optional<Timing> timing(sqlite::Connection& connection, const base::ConnectionId& id) {
  auto run = connection
                 .statement(R"sql(
            select status, schedule, schedule_since from connection
            where id = ? and tombstone = 0)sql")
                 .run(id);
  if (!run.next()) return std::nullopt;
  return Timing{status_from(run.text(0)), run.string(1), base::from_millis(run.integer(2))};
}

std::vector<base::ConnectionId> ids(sqlite::Connection& connection) {
  std::vector<base::ConnectionId> ids;
  auto run = connection.statement("select id from connection where tombstone = 0").run();
  while (run.next()) ids.emplace_back(run.string(0));
  return ids;
}

void set_next_run(sqlite::Transaction& transaction, const base::ConnectionId& id,
                  std::optional<base::WallTime> at) {
  if (!at) {
    transaction.statement("delete from due where connection_id = ?").execute(id);
    return;
  }
  transaction
      .statement(R"sql(
        insert into due (connection_id, at) values (?, ?)
        on conflict do update set at = excluded.at where at is not excluded.at)sql")
      .execute(id, base::to_millis(*at));
}

std::optional<base::WallTime> next_run(sqlite::Connection& connection,
                                       const base::ConnectionId& id) {
  auto run = connection.statement("select at from due where connection_id = ?").run(id);
  if (!run.next()) return std::nullopt;
  return base::from_millis(run.integer(0));
}

void clear_due(sqlite::Transaction& transaction, base::WallTime now) {
  transaction.statement("delete from due where at <= ?").execute(base::to_millis(now));
}

std::optional<base::WallTime> first_run(sqlite::Connection& connection) {
  auto run = connection.statement("select min(at) from due").run();
  if (!run.next() || run.null(0)) return std::nullopt;
  return base::from_millis(run.integer(0));
}

}  // namespace connection_table
}  // namespace wharf::connection
