#pragma once

#include "connection/references.h"
#include "definition/definition.h"

#include <cstdint>
#include <string>

namespace wharf::daemon {

/// The engine that images run at, and what their containers may use: the settings below `docker:`.
struct DockerSettings {
  std::string host = "unix:///var/run/docker.sock";  ///< docker.host
  std::string network;                               ///< docker.network; empty: the engine's own
  /// docker.cpu, docker.memory: of definitions that say nothing of it.
  definition::Resources usual{.milli_cpus = {}, .memory = 2ull << 30};
  std::int64_t pids = 512;  ///< docker.pids
};

/// Those of a command without a file of settings: `WHARF_DOCKER_HOST`, else `DOCKER_HOST`, names
/// the engine.
DockerSettings docker_settings(const connection::Environment& environment);

}  // namespace wharf::daemon
