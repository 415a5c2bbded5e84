#pragma once

#include "replication/connector_pair.h"

#include <wharf/protocol/state.h>

#include <boost/asio/awaitable.hpp>

namespace wharf::replication {

/// Starts the destination, and decides with what it answers where each stream starts: the store,
/// the attempt's numbers and the streams that are left out go by that; what the source is to start
/// from comes back. Started again, if it knows higher numbers or complete streams, so long as
/// there is a stream left. Fails with the destination's origin, or `cancelled` if somebody stops
/// the attempt meanwhile.
boost::asio::awaitable<Result<protocol::StartState>> start_destination(RunningAttempt& attempt,
                                                                       ConnectorPair& connectors);

}  // namespace wharf::replication
