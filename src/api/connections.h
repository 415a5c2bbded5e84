#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `GET /connections` and `/connections/{connectionId}`, as the public API shows them.
void add_connection_routes(Router& router, const Services& services);

}  // namespace wharf::api
