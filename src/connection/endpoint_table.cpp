#include "connection/endpoint_table.h"

#include "connection/destination_table.h"
#include "connection/source_table.h"
#include "sqlite/statement.h"

#include <fmt/format.h>

namespace wharf::connection::endpoint_table {
namespace {

using definition::Kind;

std::string select_from(Kind kind) {
  return fmt::format(
      "select id, definition_id, name, config, overlay, overlay_of, managed_by, workspace_id, "
      "created, tombstone, resources from {} ",
      definition::name_of(kind));
}

StoredEndpoint read(const sqlite::Run& run, Kind kind) {
  StoredEndpoint endpoint;
  endpoint.kind = kind;
  endpoint.id = run.string(0);
  endpoint.definition = base::DefinitionId(run.string(1));
  endpoint.name = run.string(2);
  endpoint.config = run.string(3);
  if (!run.null(4)) endpoint.overlay = Overlay{run.string(4), run.string(5)};
  endpoint.managed_by = run.string(6);
  endpoint.workspace = run.optional_string(7);
  endpoint.created = base::from_millis(run.integer(8));
  endpoint.is_deleted = run.integer(9) != 0;
  endpoint.resources = run.string(10);
  return endpoint;
}

template <class Row, class Id>
Row row_of(const StoredEndpoint& endpoint) {
  Row row;
  row.id = Id(endpoint.id);
  row.definition = endpoint.definition;
  row.name = endpoint.name;
  row.config = endpoint.config;
  row.managed_by = endpoint.managed_by;
  row.resources = endpoint.resources;
  return row;
}

}  // namespace

std::optional<StoredEndpoint> get(sqlite::Connection& connection, Kind kind, std::string_view id) {
  auto run = connection.statement(select_from(kind) + "where id = ? and tombstone = 0").run(id);
  if (!run.next()) return std::nullopt;
  return read(run, kind);
}

std::vector<StoredEndpoint> page(sqlite::Connection& connection, const Asked& asked,
                                 std::int64_t most, std::int64_t offset) {
  std::vector<StoredEndpoint> found;
  auto run = connection
                 .statement(select_from(asked.kind) + R"sql(
                   where (tombstone = 0 or ?)
                     and (? is null
                       or coalesce(workspace_id, ?) in (select value from json_each(?)))
                   order by created, id limit ? offset ?)sql")
                 .run(asked.deleted_too, asked.workspaces, asked.usual_workspace,
                      asked.workspaces.value_or("[]"), most, offset);
  while (run.next()) found.push_back(read(run, asked.kind));
  return found;
}

void put(sqlite::Transaction& transaction, const StoredEndpoint& endpoint, base::WallTime now) {
  if (endpoint.kind == Kind::source) {
    source_table::put(transaction, row_of<Source, base::SourceId>(endpoint), now);
  } else {
    destination_table::put(transaction, row_of<Destination, base::DestinationId>(endpoint), now);
  }
  transaction
      .statement(fmt::format("update {} set workspace_id = ? where id = ?",
                             definition::name_of(endpoint.kind)))
      .execute(endpoint.workspace, endpoint.id);
}

void remove(sqlite::Transaction& transaction, const StoredEndpoint& endpoint, base::WallTime now) {
  secret::Vault::forget_all_of(transaction, endpoint.id);
  transaction
      .statement(fmt::format("update {} set tombstone = 1, config = '{{}}', overlay = null, "
                             "overlay_of = null, updated = ? where id = ?",
                             definition::name_of(endpoint.kind)))
      .execute(base::to_millis(now), endpoint.id);
}

}  // namespace wharf::connection::endpoint_table
