#include "connector/write_request.h"

#include <fmt/format.h>

#include <set>

namespace wharf::connector {

namespace {

using protocol::ConfiguredStream;
using protocol::DestinationSyncMode;

[[noreturn]] void wrong(const ConfiguredStream& stream, std::string_view what) {
  throw Failure(ErrorCode::invalid_config,
                fmt::format("stream {}: {}", to_string(stream.stream.descriptor), what));
}

/// The top-level column that a path names.
std::string column_of(const ConfiguredStream& stream, const protocol::FieldPath& path,
                      const record::Schema& schema, std::string_view what) {
  if (path.size() != 1) wrong(stream, fmt::format("its {} is not a top-level field", what));
  if (!schema.find(path[0])) {
    wrong(stream, fmt::format("its {} '{}' is not in its schema", what, path[0]));
  }
  return path[0];
}

bool is_dedup(const ConfiguredStream& stream, const protocol::Context::Stream* context) {
  if (context != nullptr && !context->mode.empty()) {
    return context->mode == "incremental_deduped_history" ||
           context->mode == "full_refresh_overwrite_deduped";
  }
  return stream.destination_sync_mode == DestinationSyncMode::append_dedup ||
         stream.destination_sync_mode == DestinationSyncMode::overwrite_dedup;
}

/// `overwrite` goes on the wire only to destinations for which nobody counts generations.
bool is_truncating(const WriteStream& written) {
  return written.minimum_generation > 0 ||
         written.stream.destination_sync_mode == DestinationSyncMode::overwrite ||
         written.stream.destination_sync_mode == DestinationSyncMode::overwrite_dedup;
}

/// The table of sync-semantics 2.5, OURS.
bool is_staged(const WriteStream& written, bool resumable) {
  if (written.truncate) return true;
  if (written.dedup) return false;
  return written.stream.sync_mode == protocol::SyncMode::full_refresh && !resumable;
}

void take_keys(WriteStream& written) {
  const auto& stream = written.stream;
  if (!written.dedup) return;
  const auto& keys =
      stream.primary_key.empty() ? stream.stream.source_defined_primary_key : stream.primary_key;
  if (keys.empty()) wrong(stream, "it is to be deduplicated and has no primary key");
  for (const auto& key : keys) {
    written.primary_key.push_back(column_of(stream, key, *written.schema, "primary key"));
  }
  if (!stream.cursor().empty()) {
    written.cursor = column_of(stream, stream.cursor(), *written.schema, "cursor");
  }
}

WriteStream make_stream(const ConfiguredStream& stream, const Surroundings& surroundings) {
  if (stream.destination_sync_mode == DestinationSyncMode::update ||
      stream.destination_sync_mode == DestinationSyncMode::soft_delete) {
    wrong(stream, fmt::format("sync mode '{}' is not supported here",
                              name_of(stream.destination_sync_mode)));
  }
  WriteStream written;
  written.stream = stream;
  written.target = stream.stream.descriptor;
  if (surroundings.mapping) written.target = surroundings.mapping->map(written.target);
  auto schema = record::Schema::from_json_schema(stream.stream.json_schema);
  if (!schema) wrong(stream, schema.error().message);
  written.schema = std::make_shared<const record::Schema>(std::move(*schema));

  const auto* context =
      surroundings.context ? surroundings.context->find(stream.stream.descriptor) : nullptr;
  written.generation = context != nullptr ? context->generation : stream.generation_id.value_or(0);
  written.minimum_generation =
      context != nullptr ? context->minimum_generation : stream.minimum_generation_id.value_or(0);
  written.epoch = context != nullptr ? context->epoch : 0;
  written.sync_id =
      surroundings.context ? std::optional(surroundings.context->job) : stream.sync_id;
  if (written.minimum_generation != 0 && written.minimum_generation != written.generation) {
    wrong(stream, fmt::format("minimum generation {} is neither 0 nor its generation {}",
                              written.minimum_generation, written.generation));
  }
  written.dedup = is_dedup(stream, context);
  written.truncate = is_truncating(written);
  written.staged = is_staged(written, context != nullptr && context->resumable);
  take_keys(written);
  return written;
}

}  // namespace

Result<WriteRequest> make_write_request(const protocol::ConfiguredCatalog& catalog,
                                        const Surroundings& surroundings) try {
  WriteRequest request;
  if (const auto& context = surroundings.context) {
    request.connection = context->connection;
    request.job = context->job;
    request.attempt = context->attempt;
    request.global_epoch = context->epoch;
  }
  std::set<protocol::StreamDescriptor> targets;
  for (const auto& stream : catalog.streams) {
    request.streams.push_back(make_stream(stream, surroundings));
    if (!targets.insert(request.streams.back().target).second) {
      wrong(stream, fmt::format("another stream has the same target {}",
                                to_string(request.streams.back().target)));
    }
  }
  return request;
} catch (const Failure& failure) {
  return failure.error();
}

WriteRequest by_target(WriteRequest request) {
  for (auto& stream : request.streams) stream.stream.stream.descriptor = stream.target;
  return request;
}

protocol::Position by_catalog(protocol::Position position, const WriteRequest& request) {
  for (auto& held : position.streams) {
    for (const auto& stream : request.streams) {
      if (!(stream.target == held.descriptor)) continue;
      held.descriptor = stream.stream.stream.descriptor;
      break;
    }
  }
  return position;
}

}  // namespace wharf::connector
