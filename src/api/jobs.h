#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `GET` and `POST /jobs`, `GET` and `DELETE /jobs/{jobId}`, as the public API has them: a sync or
/// a clear is asked for, followed to its end, or cancelled.
void add_job_routes(Router& router, const Services& services);

}  // namespace wharf::api
