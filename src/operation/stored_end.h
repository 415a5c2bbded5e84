#pragma once

#include "connection/clear_configuration.h"
#include "connection/endpoint_table.h"
#include "workload/workload_builder.h"

#include <string>
#include <vector>

namespace wharf::operation {

/// A source or destination of the store as its connector gets it: secrets in clear, each of them
/// added to `secrets`, and the environment of its program resolved. Fails with not_found, and as
/// clear_configuration() does, saying of whom.
Result<workload::End> stored_end(sqlite::Connection& store, const connection::Source& source,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets);
Result<workload::End> stored_end(sqlite::Connection& store,
                                 const connection::Destination& destination,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets);
Result<workload::End> stored_end(sqlite::Connection& store,
                                 const connection::StoredEndpoint& endpoint,
                                 const secret::Vault& vault,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets);

/// References in the environment of a command or an image resolved; a built-in has none.
Result<void> resolve_environment(definition::Definition& definition,
                                 const connection::Environment& environment,
                                 std::vector<std::string>& secrets);

}  // namespace wharf::operation
