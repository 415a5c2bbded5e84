#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `/sources` or `/destinations`, by kind: list, create, show, replace, change, delete. The
/// services outlive the router. What a file manages is shown, and changed only there (409).
void add_endpoint_routes(Router& router, const Services& services, definition::Kind kind);

}  // namespace wharf::api
