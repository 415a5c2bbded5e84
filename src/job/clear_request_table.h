#pragma once
// SQL of clear_request: which streams of a connection its next job is to clear.

#include <wharf/protocol/catalog.h>

#include <optional>

#include "base/clock.h"
#include "base/ids.h"
#include "sqlite/transaction.h"

namespace wharf::job::clear_request_table {

/// Of two requests the later one counts.
void put(sqlite::Transaction& transaction, const base::ConnectionId& id,
         const protocol::ConfiguredCatalog& catalog, base::WallTime now);
/// The number that the clear's job is going to have: while a sync runs there is no job yet.
base::JobId reserve_number(sqlite::Transaction& transaction, const base::ConnectionId& id);
/// That number, for the job that is made now; none was reserved: none.
std::optional<base::JobId> take_number(sqlite::Transaction& transaction,
                                       const base::ConnectionId& id);
/// A clear that has a number and no job yet.
struct Waiting {
  base::ConnectionId connection;
  base::WallTime asked;
};
std::optional<Waiting> waiting(sqlite::Connection& connection, base::JobId number);
std::optional<protocol::ConfiguredCatalog> get(sqlite::Connection& connection,
                                               const base::ConnectionId& id);
void remove(sqlite::Transaction& transaction, const base::ConnectionId& id);

}  // namespace wharf::job::clear_request_table
