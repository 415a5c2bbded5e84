#pragma once

#include "base/ids.h"
#include "checkpoint/generation_table.h"

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/context.h>

#include <span>
#include <string>

namespace wharf::workload {

/// The catalog of one attempt: what was chosen, with the generations it goes by.
struct AttemptCatalog {
  const protocol::ConfiguredCatalog& chosen;       ///< the source's names, Wharf's own modes
  std::span<const checkpoint::Counters> counters;  ///< in the order of `chosen`
  base::JobId job;
  bool supports_refreshes = false;  ///< the destination knows generations
};

/// The source's `catalog.json` (sync-semantics 2.3).
protocol::ConfiguredCatalog source_catalog(const AttemptCatalog& attempt);

/// The destination's. In stdio mode its names are mapped; in socket mode it maps them by itself.
protocol::ConfiguredCatalog destination_catalog(const AttemptCatalog& attempt,
                                                const protocol::NamespaceMapping& names);

/// `wharf.json`, with the same names as in the catalog it lies beside.
protocol::Context context_of(const AttemptCatalog& attempt, const base::ConnectionId& connection,
                             std::int64_t attempt_number, std::int64_t global_epoch,
                             bool resumable_full_refresh, const protocol::NamespaceMapping& names);

}  // namespace wharf::workload
