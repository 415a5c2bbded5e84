#pragma once

#include <wharf/connector/source.h>

#include <memory>

namespace wharf::connectors {

/// What a clear reads from (data-plane 5.8): whatever stream it is asked for has no rows, and its
/// state is null. Not for people: no list of connectors has it.
std::unique_ptr<connector::Source> make_source_empty();

}  // namespace wharf::connectors
