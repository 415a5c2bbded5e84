#pragma once

#include <wharf/connector/destination.h>

#include <memory>

namespace wharf::connectors {

/// JSON lines, a file per stream (sync-semantics 3.8): typed V2 rows, or Airbyte's three columns.
/// Append writes in place and is cut back to its position after a crash; overwrite replaces the
/// file in the commit of its last state. Exactly once with a WHARF_CONTEXT.
///
/// Those who follow a file read up to the length in `.wharf/`: files/position_file.h says how.
std::unique_ptr<connector::Destination> make_destination_jsonl();

}  // namespace wharf::connectors
