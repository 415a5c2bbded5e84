#pragma once

#include "database/database.h"

namespace wharf::connection {

/// Removes secrets that no source or destination refers to, a hundred at a time. Whoever changes a
/// configuration forgets in the same transaction what it has no longer, so there are none, unless
/// other hands were at the store. Answers how many went.
std::int64_t forget_orphaned_secrets(database::Database& database);

}  // namespace wharf::connection
