#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `GET` and `POST /jobs`, `GET /jobs/{jobId}`, as the public API has them: a sync is asked for and
/// followed to its end. Other kinds of job, and cancelling, are answered with 501.
void add_job_routes(Router& router, const Services& services);

}  // namespace wharf::api
