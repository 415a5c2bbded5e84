#include "cli/streams_block.h"

#include "connection/catalog_merge.h"
#include "connection/sync_mode.h"

#include <wharf/record/schema.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace wharf::cli {
namespace {

using protocol::DestinationSyncMode;

// What a destination that can do everything would take.
const std::vector<DestinationSyncMode> kEverything = {
    DestinationSyncMode::append, DestinationSyncMode::overwrite, DestinationSyncMode::append_dedup};

// JSON is YAML: names with blanks or colons stay what they are.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

std::string fields_of(const protocol::Stream& stream) {
  auto schema = record::Schema::from_json_schema(stream.json_schema);
  if (!schema) return {};
  std::vector<std::string> names;
  for (std::uint32_t index : schema->declared()) names.push_back(quoted((*schema)[index].name));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string streams_block(const protocol::Catalog& catalog) {
  std::string out = "streams:\n";
  for (const auto& stream : catalog.streams) {
    out += fmt::format("  - name: {}\n", quoted(stream.descriptor.name));
    if (stream.descriptor.name_space) {
      out += fmt::format("    namespace: {}\n", quoted(*stream.descriptor.name_space));
    }
    std::vector<std::string_view> modes;
    for (const auto& mode : connection::sync_modes()) {
      if (connection::is_available(mode, stream, kEverything)) modes.push_back(mode.name);
    }
    out += fmt::format("    sync_mode: {}   # or {}\n", connection::best_mode(stream, kEverything),
                       fmt::join(modes, ", "));
    if (!stream.source_defined_cursor) out += "    # cursor_field: […]   for incremental modes\n";
    if (stream.source_defined_primary_key.empty()) {
      out += "    # primary_key: [[…]]   for deduped modes\n";
    }
    out += fmt::format("    # selected_fields: [{}]\n", fields_of(stream));
  }
  return out;
}

}  // namespace wharf::cli
