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
std::optional<protocol::ConfiguredCatalog> get(sqlite::Connection& connection,
                                               const base::ConnectionId& id);
void remove(sqlite::Transaction& transaction, const base::ConnectionId& id);

}  // namespace wharf::job::clear_request_table
