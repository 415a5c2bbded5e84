#pragma once

#include <functional>

#include "api/router.h"

namespace wharf::api {

/// The public `GET /health` (a text) and the Config API's (`available`), open to everybody.
/// `available` says whether the store answers; any thread may call it.
void add_health_routes(Router& router, std::function<bool()> available);

}  // namespace wharf::api
