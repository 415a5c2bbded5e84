#pragma once

#include "connection/references.h"
#include "replication/attempt_runner.h"
#include "secret/vault.h"
#include "sqlite/connection.h"

namespace wharf::replication {

/// Everything an attempt needs, from the tables: who moves what where to, with references resolved.
/// Fails (invalid_config, not_found) if a reference leads nowhere; then nothing can be started.
Result<AttemptOrder> make_order(sqlite::Connection& store, const secret::Vault& vault,
                                job::ClaimedJob claimed,
                                const connection::Environment& environment);

}  // namespace wharf::replication
