#include "connection/destination_table.h"

#include "base/uuid.h"
#include "connection/clear_configuration.h"
#include "sqlite/statement.h"

namespace wharf::connection::destination_table {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, definition_id, name, config, overlay, overlay_of, managed_by, resources
  from destination
)sql";

Destination read(const sqlite::Run& run) {
  Destination destination;
  destination.id = base::DestinationId(run.string(0));
  destination.definition = base::DefinitionId(run.string(1));
  destination.name = run.string(2);
  destination.config = run.string(3);
  if (!run.null(4)) destination.overlay = Overlay{run.string(4), run.string(5)};
  destination.managed_by = run.string(6);
  destination.resources = run.string(7);
  return destination;
}

}  // namespace

void put(sqlite::Transaction& transaction, const Destination& destination, base::WallTime now) {
  const auto time = base::to_millis(now);
  const auto hash = base::fingerprint(destination.config);
  transaction
      .statement(R"sql(
        insert into destination (id, definition_id, name, config, managed_by, resources, created,
          updated)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          definition_id = excluded.definition_id, name = excluded.name,
          config = excluded.config, managed_by = excluded.managed_by,
          resources = excluded.resources, tombstone = 0, updated = excluded.updated)sql")
      .execute(destination.id, destination.definition, destination.name, destination.config,
               destination.managed_by, destination.resources, time, time);
  transaction
      .statement(R"sql(
        delete from secret
        where coordinate = ?
          and exists (select 1 from destination where id = ? and overlay_of <> ?))sql")
      .execute(overlay_coordinate(destination.id.value), destination.id, hash);
  transaction
      .statement(R"sql(
        update destination
        set overlay = null, overlay_of = null
        where id = ? and overlay_of <> ?)sql")
      .execute(destination.id, hash);
}

std::optional<Destination> get(sqlite::Connection& connection, const base::DestinationId& id) {
  auto run = connection.statement(std::string(kSelect) + "where id = ? and tombstone = 0").run(id);
  if (!run.next()) return std::nullopt;
  return read(run);
}

std::vector<Destination> all(sqlite::Connection& connection) {
  std::vector<Destination> destinations;
  auto run =
      connection.statement(std::string(kSelect) + "where tombstone = 0 order by name, id").run();
  while (run.next()) destinations.push_back(read(run));
  return destinations;
}

void overlay(sqlite::Transaction& transaction, const base::DestinationId& id,
             const protocol::JsonText& config, base::WallTime now) {
  const auto present = get(transaction, id);
  if (!present) return;
  transaction
      .statement("update destination set overlay = ?, overlay_of = ?, updated = ? where id = ?")
      .execute(config, base::fingerprint(present->config), base::to_millis(now), id);
}

}  // namespace wharf::connection::destination_table
