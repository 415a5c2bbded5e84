#pragma once

#include <wharf/connector/destination.h>

#include <memory>

namespace wharf::connectors {

/// Rows into typed tables of an SQLite database, their position beside them in `_wharf_position`.
std::unique_ptr<connector::Destination> make_destination_sqlite();

}  // namespace wharf::connectors
