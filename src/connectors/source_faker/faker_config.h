#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace wharf::connectors::faker {

struct Config {
  static constexpr std::int64_t kRandomSeed = -1;

  std::int64_t count = 1000;
  std::int64_t seed = kRandomSeed;
  std::int64_t records_per_slice = 1000;
  bool always_updated = true;
  std::int64_t parallelism = 4;
};

/// Throws Failure (invalid_config).
[[noreturn]] void refuse(const std::string& message);

/// The draft-07 schema of the configuration.
std::string config_schema();

/// Throws Failure (invalid_config) naming key, value and what is allowed.
Config parse_config(const nlohmann::json& config);

}  // namespace wharf::connectors::faker
