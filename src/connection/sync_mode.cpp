#include "connection/sync_mode.h"

#include <algorithm>
#include <array>

namespace wharf::connection {
namespace {

using protocol::DestinationSyncMode;
using Source = protocol::SyncMode;

constexpr std::array<SyncMode, 5> kModes{{
    {"full_refresh_overwrite", Source::full_refresh, DestinationSyncMode::overwrite, false, false},
    {"full_refresh_overwrite_deduped", Source::full_refresh, DestinationSyncMode::overwrite_dedup,
     false, true},
    {"full_refresh_append", Source::full_refresh, DestinationSyncMode::append, false, false},
    {"incremental_append", Source::incremental, DestinationSyncMode::append, true, false},
    {"incremental_deduped_history", Source::incremental, DestinationSyncMode::append_dedup, true,
     true},
}};

bool contains(std::span<const DestinationSyncMode> modes, DestinationSyncMode mode) {
  return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

}  // namespace

std::span<const SyncMode> sync_modes() {
  return kModes;
}

const SyncMode* find_sync_mode(std::string_view name) {
  auto at = std::find_if(kModes.begin(), kModes.end(),
                         [&](const SyncMode& mode) { return mode.name == name; });
  return at == kModes.end() ? nullptr : &*at;
}

const SyncMode* find_sync_mode(protocol::SyncMode source, DestinationSyncMode destination) {
  auto at = std::find_if(kModes.begin(), kModes.end(), [&](const SyncMode& mode) {
    return mode.source == source && mode.destination == destination;
  });
  return at == kModes.end() ? nullptr : &*at;
}

bool is_available(const SyncMode& mode, const protocol::Stream& stream,
                  std::span<const DestinationSyncMode> destination_modes) {
  const auto& supported = stream.supported_sync_modes;
  if (std::find(supported.begin(), supported.end(), mode.source) == supported.end()) return false;
  if (mode.destination == DestinationSyncMode::overwrite_dedup) {
    return contains(destination_modes, DestinationSyncMode::append_dedup) &&
           contains(destination_modes, DestinationSyncMode::overwrite);
  }
  return contains(destination_modes, mode.destination);
}

}  // namespace wharf::connection
