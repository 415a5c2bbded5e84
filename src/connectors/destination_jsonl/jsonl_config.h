#pragma once

#include <wharf/protocol/catalog.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "connectors/files/output_paths.h"

namespace wharf::connectors::jsonl {

enum class Layout {
  v2,   ///< the `_airbyte_*` columns, then the stream's fields
  raw,  ///< `_airbyte_ab_id`, `_airbyte_emitted_at`, `_airbyte_data`
};

struct Config {
  files::OutputPaths paths;
  Layout layout = Layout::v2;
  bool metadata_columns = true;
};

/// The draft-07 schema of the configuration.
std::string config_schema();

/// Throws Failure (invalid_config) naming key, value and what is allowed.
Config parse_config(const nlohmann::json& config);

/// `orders.jsonl`; in the raw layout `_airbyte_raw_orders.jsonl`.
std::string file_name(const Config& config, const protocol::StreamDescriptor& target);

}  // namespace wharf::connectors::jsonl
