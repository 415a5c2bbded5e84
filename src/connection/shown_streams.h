#pragma once

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/json.h>

namespace wharf::connection {

/// A connection's streams as Airbyte's public API shows them, in order: an array of objects with
/// `name`, `namespace`, `syncMode`, `cursorField`, `primaryKey`, `selectedFields` (none: all) and
/// `mappers` (none). `settings`: as settings_of() makes them. Pure.
protocol::JsonText shown_streams(const protocol::ConfiguredCatalog& catalog,
                                 const protocol::JsonText& settings);

}  // namespace wharf::connection
