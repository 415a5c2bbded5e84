#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// The workload API, `/api/v1/workload/…` (api 6): what launchers in other processes take their
/// work from and tell of it. Beside Airbyte's members `success` takes `output`, JSON that the
/// workload shows from then on: the answer of a check, discover or spec. Needs the role of a
/// launcher.
void add_workload_routes(Router& router, const Services& services);

}  // namespace wharf::api
