#include "job/clear_request_table.h"

#include "sqlite/statement.h"

namespace wharf::job::clear_request_table {

void put(sqlite::Transaction& transaction, const base::ConnectionId& id,
         const protocol::ConfiguredCatalog& catalog, base::WallTime now) {
  transaction
      .statement(
          "insert or replace into clear_request (connection_id, catalog, asked) "
          "values (?, ?, ?)")
      .execute(id, protocol::to_json(catalog), base::to_millis(now));
}

std::optional<protocol::ConfiguredCatalog> get(sqlite::Connection& connection,
                                               const base::ConnectionId& id) {
  auto run =
      connection.statement("select catalog from clear_request where connection_id = ?").run(id);
  if (!run.next()) return std::nullopt;
  return protocol::parse_configured_catalog(run.text(0)).value();  // ours: it parses
}

void remove(sqlite::Transaction& transaction, const base::ConnectionId& id) {
  transaction.statement("delete from clear_request where connection_id = ?").execute(id);
}

}  // namespace wharf::job::clear_request_table
