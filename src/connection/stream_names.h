#pragma once

#include <wharf/error.h>
#include <wharf/protocol/catalog.h>

#include <string>
#include <vector>

#include "connection/connection.h"

namespace wharf::connection {

/// All streams of a connection.
std::vector<protocol::StreamDescriptor> streams_of(const Connection& connection);
/// Those that a person calls by name, with their namespace (`public.orders`) or without. Fails with
/// not_found, naming the one that the connection has not.
Result<std::vector<protocol::StreamDescriptor>> streams_named(
    const Connection& connection, const std::vector<std::string>& names);

}  // namespace wharf::connection
