#pragma once

#include <wharf/protocol/catalog.h>

#include <optional>
#include <span>
#include <string_view>

namespace wharf::connection {

/// A stream's mode as people write it: one public name for a pair of protocol modes
/// (sync-semantics 2.1). Data activation's modes are not offered.
struct SyncMode {
  std::string_view name;
  protocol::SyncMode source;
  protocol::DestinationSyncMode destination;
  bool needs_cursor;
  bool needs_key;
};

/// All of them, the default first.
std::span<const SyncMode> sync_modes();
const SyncMode* find_sync_mode(std::string_view name);
/// The public name of a pair; null if the public API cannot express it.
const SyncMode* find_sync_mode(protocol::SyncMode source,
                               protocol::DestinationSyncMode destination);

/// Whether source and destination can do it. `overwrite_dedup` is never listed by a destination:
/// one that lists append_dedup and overwrite can do it (with refreshes, which ours have).
bool is_available(const SyncMode& mode, const protocol::Stream& stream,
                  std::span<const protocol::DestinationSyncMode> destination_modes);

}  // namespace wharf::connection
