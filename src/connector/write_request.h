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

}  // namespace wharf::connector
