#pragma once

#include "connection/stream_choice.h"

#include <wharf/protocol/catalog.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace wharf::connection {

/// Why a choice cannot be had. `choice` indexes the choices; npos: the catalog as a whole.
struct CatalogProblem {
  static constexpr std::size_t kWhole = static_cast<std::size_t>(-1);
  std::size_t choice = kWhole;
  std::string message;
};

struct MergedCatalog {
  protocol::ConfiguredCatalog catalog;   ///< modes as inside Wharf: overwrite_dedup may stand in it
  std::vector<CatalogProblem> problems;  ///< every one, not the first
};

/// Discovered × chosen → configured (sync-semantics 2.2). No choices at all: every stream in its
/// best mode. Pure.
MergedCatalog merge_catalog(const protocol::Catalog& discovered,
                            std::span<const StreamChoice> choices,
                            std::span<const protocol::DestinationSyncMode> destination_modes);

/// The public name of the mode a stream gets when nobody chooses one: deduplicated history where
/// the source defines cursor and key, else full refresh and overwrite, else what both can do.
std::string best_mode(const protocol::Stream& stream,
                      std::span<const protocol::DestinationSyncMode> destination_modes);

}  // namespace wharf::connection
