#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// `/connector_definitions`, and the definitions of a workspace: sources, destinations and
/// declarative sources, of which there are none. What is there comes with this binary or is
/// declared; to add one is answered with 501. The services outlive the router.
void add_definition_routes(Router& router, const Services& services);

}  // namespace wharf::api
