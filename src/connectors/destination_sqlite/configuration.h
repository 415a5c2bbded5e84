#pragma once

#include <wharf/error.h>

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace wharf::connectors::sqlite_destination {

/// The connector's configuration, read. Wrong values are a Failure (invalid_config) that names key,
/// value and what is allowed.
struct Configuration {
  std::filesystem::path path;  ///< absolute, as the file is really called
  std::string journal_mode = "wal";
};
Configuration read_configuration(const nlohmann::json& config);

/// Draft-07 schema of the configuration.
std::string_view configuration_schema();

}  // namespace wharf::connectors::sqlite_destination
