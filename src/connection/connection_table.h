#pragma once
// SQL of connection.

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connection/connection.h"
#include "sqlite/transaction.h"

namespace wharf::connection::connection_table {

/// Adds it, or replaces what stands under its id.
void put(sqlite::Transaction& transaction, const Connection& connection, base::WallTime now);
std::optional<Connection> get(sqlite::Connection& connection, const base::ConnectionId& id);
std::optional<Connection> find_by_name(sqlite::Connection& connection, std::string_view name);
/// Ordered by name.
std::vector<Connection> all(sqlite::Connection& connection);

}  // namespace wharf::connection::connection_table
