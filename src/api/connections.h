#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `GET /connections` and `/connections/{connectionId}`, as the public API shows them.
void add_connection_routes(Router& router, const Services& services);

/// One of them as an answer. Throws Refused (404) if there is none.
Response shown_connection(const Services& services, const std::string& id);

}  // namespace wharf::api
