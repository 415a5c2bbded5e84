#pragma once

#include <optional>
#include <string>

#include "api/router.h"
#include "api/services.h"

namespace wharf::api {

/// The workspace of everything that names none: the oldest that has not been deleted.
std::optional<std::string> default_workspace(sqlite::Connection& store);
/// Makes `Default Workspace` if there has never been any. Its id.
void ensure_workspace(sqlite::Transaction& transaction, base::WallTime now);

bool is_workspace(sqlite::Connection& store, std::string_view id);
/// `workspaceIds` of a request as a JSON array; none: it asks for all.
std::optional<std::string> wanted_workspaces(const Request& request);

/// `/workspaces`: list, show, create, rename, delete. What stands in one is deleted with it; the
/// default one stays.
void add_workspace_routes(Router& router, const Services& services);

}  // namespace wharf::api
