#include "connection/source_table.h"

#include "base/uuid.h"
#include "connection/clear_configuration.h"
#include "sqlite/statement.h"

namespace wharf::connection::source_table {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, definition_id, name, config, overlay, overlay_of, managed_by, resources
  from source
)sql";

Source read(const sqlite::Run& run) {
  Source source;
  source.id = base::SourceId(run.string(0));
  source.definition = base::DefinitionId(run.string(1));
  source.name = run.string(2);
  source.config = run.string(3);
  if (!run.null(4)) source.overlay = Overlay{run.string(4), run.string(5)};
  source.managed_by = run.string(6);
  source.resources = run.string(7);
  return source;
}

}  // namespace

void put(sqlite::Transaction& transaction, const Source& source, base::WallTime now) {
  const auto time = base::to_millis(now);
  const auto hash = base::fingerprint(source.config);
  transaction
      .statement(R"sql(
        insert into source (id, definition_id, name, config, managed_by, resources, created,
          updated)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          definition_id = excluded.definition_id, name = excluded.name,
          config = excluded.config, managed_by = excluded.managed_by,
          resources = excluded.resources, tombstone = 0, updated = excluded.updated)sql")
      .execute(source.id, source.definition, source.name, source.config, source.managed_by,
               source.resources, time, time);
  transaction
      .statement(R"sql(
        delete from secret
        where coordinate = ?
          and exists (select 1 from source where id = ? and overlay_of <> ?))sql")
      .execute(overlay_coordinate(source.id.value), source.id, hash);
  transaction
      .statement(R"sql(
        update source
        set overlay = null, overlay_of = null
        where id = ? and overlay_of <> ?)sql")
      .execute(source.id, hash);
}

std::optional<Source> get(sqlite::Connection& connection, const base::SourceId& id) {
  auto run = connection.statement(std::string(kSelect) + "where id = ? and tombstone = 0").run(id);
  if (!run.next()) return std::nullopt;
  return read(run);
}

std::vector<Source> all(sqlite::Connection& connection) {
  std::vector<Source> sources;
  auto run =
      connection.statement(std::string(kSelect) + "where tombstone = 0 order by name, id").run();
  while (run.next()) sources.push_back(read(run));
  return sources;
}

void overlay(sqlite::Transaction& transaction, const base::SourceId& id,
             const protocol::JsonText& config, base::WallTime now) {
  const auto present = get(transaction, id);
  if (!present) return;
  transaction.statement("update source set overlay = ?, overlay_of = ?, updated = ? where id = ?")
      .execute(config, base::fingerprint(present->config), base::to_millis(now), id);
}

}  // namespace wharf::connection::source_table
