#pragma once
// SQL of destination. What is deleted is not there for any of these; put brings it back.

#include <optional>
#include <vector>

#include "base/clock.h"
#include "connection/destination.h"
#include "sqlite/transaction.h"

namespace wharf::connection::destination_table {

/// Adds it, or replaces what stands under its id. An overlay stays while the configuration that it
/// lies over stays, and is dropped with it; the one in `destination` is not looked at.
void put(sqlite::Transaction& transaction, const Destination& destination, base::WallTime now);
std::optional<Destination> get(sqlite::Connection& connection, const base::DestinationId& id);
std::vector<Destination> all(sqlite::Connection& connection);

/// Lays what the connector said over the configuration that stands there now. Nothing happens if
/// the destination is gone.
void overlay(sqlite::Transaction& transaction, const base::DestinationId& id,
             const protocol::JsonText& config, base::WallTime now);

}  // namespace wharf::connection::destination_table
