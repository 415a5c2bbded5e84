#pragma once

#include <optional>
#include <string>

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// The one workspace that everything stands in, if it has not been deleted.
std::optional<std::string> default_workspace(sqlite::Connection& store);
/// Makes `Default Workspace` if there has never been any. Its id.
void ensure_workspace(sqlite::Transaction& transaction, base::WallTime now);

/// `GET /workspaces` and `/workspaces/{workspaceId}`.
void add_workspace_routes(Router& router, const Services& services);

}  // namespace wharf::api
