#pragma once

#include "base/clock.h"
#include "connection/clear_configuration.h"
#include "definition/definition.h"

namespace wharf::connection {

/// The way into the store: what is kept of a configuration in the place of `former`. Its secrets go
/// to the vault; one that is as it was stays where it is, so that an unchanged configuration is the
/// same text; those that it has no longer leave the vault. In one transaction with the row.
protocol::JsonText seal_configuration(sqlite::Transaction& transaction, const secret::Vault& vault,
                                      const StoredConfiguration& former,
                                      const protocol::JsonText& config,
                                      const protocol::JsonText& schema);

/// What a connector may give itself, in bytes: a longer one is no configuration.
inline constexpr std::size_t kOverlayLimit = std::size_t{1} << 20;

/// A connector has given itself another configuration (CONTROL): kept, sealed as a whole, before
/// what was declared or sent. In the transaction that answers for it. No longer than the limit.
void keep_overlay(sqlite::Transaction& transaction, const secret::Vault& vault,
                  definition::Kind kind, const std::string& id, const protocol::JsonText& config,
                  base::WallTime now);

}  // namespace wharf::connection
