#include "job/clear_request_table.h"

#include "sqlite/statement.h"

namespace wharf::job::clear_request_table {

void put(sqlite::Transaction& transaction, const base::ConnectionId& id,
         const protocol::ConfiguredCatalog& catalog, base::WallTime now) {
  transaction
      .statement(
          "insert into clear_request (connection_id, catalog, asked) values (?, ?, ?) "
          "on conflict (connection_id) do update "
          // One that has a number is that clear still, asked for when it was first.
          "set catalog = excluded.catalog, asked = iif(job_id is null, excluded.asked, asked)")
      .execute(id, protocol::to_json(catalog), base::to_millis(now));
}

base::JobId reserve_number(sqlite::Transaction& transaction, const base::ConnectionId& id) {
  // Jobs go by the sequence, so this number is given to no other one.
  transaction
      .statement(
          "update sqlite_sequence set seq = seq + 1 where name = 'job' and exists "
          "(select 1 from clear_request where connection_id = ? and job_id is null)")
      .execute(id);
  transaction
      .statement(
          "update clear_request set job_id = coalesce(job_id, "
          "(select seq from sqlite_sequence where name = 'job')) where connection_id = ?")
      .execute(id);
  auto run =
      transaction.statement("select job_id from clear_request where connection_id = ?").run(id);
  WHARF_CHECK(run.next() && !run.null(0));
  return base::JobId(run.integer(0));
}

std::optional<base::JobId> take_number(sqlite::Transaction& transaction,
                                       const base::ConnectionId& id) {
  std::optional<base::JobId> number;
  {
    auto run = transaction
                   .statement(
                       "select job_id from clear_request "
                       "where connection_id = ? and job_id is not null")
                   .run(id);
    if (run.next()) number = base::JobId(run.integer(0));
  }
  transaction.statement("update clear_request set job_id = null where connection_id = ?")
      .execute(id);
  return number;
}

std::optional<Waiting> waiting(sqlite::Connection& connection, base::JobId number) {
  auto run = connection
                 .statement(
                     "select connection_id, asked from clear_request join connection "
                     "on connection.id = connection_id where job_id = ? and tombstone = 0")
                 .run(number);
  if (!run.next()) return std::nullopt;
  return Waiting{base::ConnectionId(run.string(0)), base::from_millis(run.integer(1))};
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
