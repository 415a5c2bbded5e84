#pragma once

#include <wharf/connector/source.h>

#include "connectors/source_faker/faker_config.h"

namespace wharf::connectors::faker {

/// Reads one stream in slices, each of which can be made by itself.
std::unique_ptr<connector::StreamReader> make_faker_reader(const Config& config,
                                                           connector::StreamRequest request);

}  // namespace wharf::connectors::faker
