#pragma once

#include <wharf/connector/destination.h>

#include "connector/data_channel.h"

namespace wharf::connector {

/// What a destination is asked to write: the catalog, its names mapped in socket mode, and what the
/// context says of each stream; without one, what plain Airbyte says (sync-semantics 2.3-2.5).
/// Pure. Fails with `invalid_config` on what cannot be written as asked, two streams that would
/// meet in one target among it.
Result<WriteRequest> make_write_request(const protocol::ConfiguredCatalog& catalog,
                                        const Surroundings& surroundings);

/// The same request as the destination itself gets it: each stream by the name of its target. A
/// position kept under it holds whichever road the records take, since only over sockets does a
/// catalog have the source's names.
WriteRequest by_target(WriteRequest request);

/// What the destination answered, in the names of the catalog that was given.
protocol::Position by_catalog(protocol::Position position, const WriteRequest& request);

}  // namespace wharf::connector
