#include "workload/catalogs.h"

#include "connection/sync_mode.h"

namespace wharf::workload {
namespace {

using protocol::DestinationSyncMode;

// What the source hears: it does not know of refreshes.
DestinationSyncMode for_source(DestinationSyncMode mode) {
  switch (mode) {
    case DestinationSyncMode::overwrite_dedup:
      return DestinationSyncMode::overwrite;
    case DestinationSyncMode::update:
    case DestinationSyncMode::soft_delete:
      return DestinationSyncMode::append;
    default:
      return mode;
  }
}

// What the destination hears: one that knows generations truncates by them.
DestinationSyncMode for_destination(DestinationSyncMode mode, bool supports_refreshes) {
  if (mode == DestinationSyncMode::overwrite && supports_refreshes) {
    return DestinationSyncMode::append;
  }
  if (mode == DestinationSyncMode::overwrite_dedup) {
    return supports_refreshes ? DestinationSyncMode::append_dedup : DestinationSyncMode::overwrite;
  }
  return mode;
}

protocol::ConfiguredCatalog with_generations(const AttemptCatalog& attempt) {
  WHARF_CHECK(attempt.counters.size() == attempt.chosen.streams.size());
  protocol::ConfiguredCatalog catalog = attempt.chosen;
  for (std::size_t i = 0; i < catalog.streams.size(); ++i) {
    auto& stream = catalog.streams[i];
    if (!attempt.supports_refreshes) {
      stream.generation_id = stream.minimum_generation_id = stream.sync_id = std::nullopt;
      continue;
    }
    stream.generation_id = attempt.counters[i].generation;
    stream.minimum_generation_id = attempt.counters[i].minimum_generation;
    stream.sync_id = attempt.job.value;
  }
  return catalog;
}

}  // namespace

protocol::ConfiguredCatalog source_catalog(const AttemptCatalog& attempt) {
  auto catalog = with_generations(attempt);
  for (auto& stream : catalog.streams) {
    stream.destination_sync_mode = for_source(stream.destination_sync_mode);
  }
  return catalog;
}

protocol::ConfiguredCatalog destination_catalog(const AttemptCatalog& attempt,
                                                const protocol::NamespaceMapping& names) {
  auto catalog = with_generations(attempt);
  for (auto& stream : catalog.streams) {
    stream.destination_sync_mode =
        for_destination(stream.destination_sync_mode, attempt.supports_refreshes);
    stream.stream.descriptor = names.map(stream.stream.descriptor);
  }
  return catalog;
}

protocol::Context context_of(const AttemptCatalog& attempt, const base::ConnectionId& connection,
                             std::int64_t attempt_number, std::int64_t global_epoch,
                             bool resumable_full_refresh, const protocol::NamespaceMapping& names) {
  protocol::Context context;
  context.connection = connection.value;
  context.job = attempt.job.value;
  context.attempt = attempt_number;
  context.epoch = global_epoch;
  for (std::size_t i = 0; i < attempt.chosen.streams.size(); ++i) {
    const auto& stream = attempt.chosen.streams[i];
    const auto* mode = connection::find_sync_mode(stream.sync_mode, stream.destination_sync_mode);
    const auto& counters = attempt.counters[i];
    context.streams.push_back({.descriptor = names.map(stream.stream.descriptor),
                               .mode = mode == nullptr ? std::string() : std::string(mode->name),
                               .generation = counters.generation,
                               .minimum_generation = counters.minimum_generation,
                               .epoch = counters.epoch,
                               .resumable = resumable_full_refresh && stream.stream.is_resumable});
  }
  return context;
}

}  // namespace wharf::workload
