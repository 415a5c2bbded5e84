#include "connection/connection_table.h"

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
    namespace_format, prefix, mode, managed_by
  from connection
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
  connection.status =
      run.text(4) == "active" ? ConnectionStatus::active : ConnectionStatus::inactive;
  connection.catalog = protocol::parse_configured_catalog(run.text(5)).value();  // ours: it parses
  connection.mapping.definition = definition_from(run.text(6));
  connection.mapping.format = run.string(7);
  connection.mapping.prefix = run.string(8);
  connection.mode = mode_from(run.text(9));
  connection.managed_by = run.string(10);
  return connection;
}

std::optional<Connection> first(sqlite::Run run) {
  if (!run.next()) return std::nullopt;
  return read(run);
}

}  // namespace

void put(sqlite::Transaction& transaction, const Connection& connection, base::WallTime now) {
  const auto time = base::to_millis(now);
  transaction
      .statement(R"sql(
        insert into connection
          (id, name, source_id, destination_id, status, catalog, namespace_definition,
           namespace_format, prefix, mode, managed_by, created, updated)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          name = excluded.name, source_id = excluded.source_id,
          destination_id = excluded.destination_id, status = excluded.status,
          catalog = excluded.catalog, namespace_definition = excluded.namespace_definition,
          namespace_format = excluded.namespace_format, prefix = excluded.prefix,
          mode = excluded.mode, managed_by = excluded.managed_by, updated = excluded.updated)sql")
      .execute(connection.id, connection.name, connection.source, connection.destination,
               connection::name_of(connection.status), protocol::to_json(connection.catalog),
               name_of(connection.mapping.definition), connection.mapping.format,
               connection.mapping.prefix, connection::name_of(connection.mode),
               connection.managed_by, time, time);
}

std::optional<Connection> get(sqlite::Connection& connection, const base::ConnectionId& id) {
  return first(connection.statement(std::string(kSelect) + "where id = ?").run(id));
}

std::optional<Connection> find_by_name(sqlite::Connection& connection, std::string_view name) {
  return first(connection.statement(std::string(kSelect) + "where name = ? limit 1").run(name));
}

std::vector<Connection> all(sqlite::Connection& connection) {
  std::vector<Connection> connections;
  auto run = connection.statement(std::string(kSelect) + "order by name, id").run();
  while (run.next()) connections.push_back(read(run));
  return connections;
}

}  // namespace connection_table
}  // namespace wharf::connection
