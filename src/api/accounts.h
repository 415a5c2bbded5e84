#pragma once

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// Who there is, as clients look for it: the one organization, the one user, its permission, the
/// applications that may ask for tokens (their secrets masked), no tags. To add one, or to sign in
/// by OAuth, is answered with 501. The services outlive the router.
void add_account_routes(Router& router, const Services& services);

}  // namespace wharf::api
