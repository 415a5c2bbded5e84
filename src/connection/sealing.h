#pragma once

#include "connection/clear_configuration.h"

namespace wharf::connection {

/// The way into the store: what is kept of a configuration in the place of `former`. Its secrets go
/// to the vault; one that is as it was stays where it is, so that an unchanged configuration is the
/// same text; those that it has no longer leave the vault. In one transaction with the row.
protocol::JsonText seal_configuration(sqlite::Transaction& transaction, const secret::Vault& vault,
                                      const StoredConfiguration& former,
                                      const protocol::JsonText& config,
                                      const protocol::JsonText& schema);

}  // namespace wharf::connection
