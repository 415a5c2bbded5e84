#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `/streams`: what a source has, as it was remembered or, with `ignoreCache=true`, asked anew. The
/// services outlive the router.
void add_stream_routes(Router& router, const Services& services);

}  // namespace wharf::api
