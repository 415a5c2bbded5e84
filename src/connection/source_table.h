#pragma once
// SQL of source. What is deleted is not there for any of these; put brings it back.

#include <optional>
#include <vector>

#include "base/clock.h"
#include "connection/source.h"
#include "sqlite/transaction.h"

namespace wharf::connection::source_table {

/// Adds it, or replaces what stands under its id. An overlay stays while the configuration that it
/// lies over stays, and is dropped with it; the one in `source` is not looked at.
void put(sqlite::Transaction& transaction, const Source& source, base::WallTime now);
std::optional<Source> get(sqlite::Connection& connection, const base::SourceId& id);
std::vector<Source> all(sqlite::Connection& connection);

/// Lays what the connector said over the configuration that stands there now. Nothing happens if
/// the source is gone.
void overlay(sqlite::Transaction& transaction, const base::SourceId& id,
             const protocol::JsonText& config, base::WallTime now);

}  // namespace wharf::connection::source_table
