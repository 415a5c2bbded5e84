#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `POST /connections`, `PATCH` and `DELETE /connections/{connectionId}`. What a file manages is
/// changed only there (409). A running sync keeps the streams it began with. The services outlive
/// the router.
void add_connection_edit_routes(Router& router, const Services& services);

/// Deletes a connection, and ends its job if that waits. Throws Refused: there is none (404), a
/// file manages it, or a sync of it runs (409).
void delete_connection(sqlite::Transaction& transaction, const base::ConnectionId& id,
                       base::WallTime now);

}  // namespace wharf::api
