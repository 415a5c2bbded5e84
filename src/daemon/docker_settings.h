#pragma once

#include "connection/references.h"
#include "definition/definition.h"
#include "launcher/connector_container.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace wharf::daemon {

/// The engine that images run at, and what their containers may use: the settings below `docker:`.
struct DockerSettings {
  std::string host = "unix:///var/run/docker.sock";  ///< docker.host
  std::string network = launcher::kOwnNetwork;  ///< docker.network; empty: the engine's own default
  std::string registry_auth;  ///< docker.registry_auth: logins as Docker's config.json has them
  std::string local_mount;    ///< connectors.local_mount: a directory, /local in containers
  /// docker.cpu, docker.memory: of definitions that say nothing of it.
  definition::Resources usual{.milli_cpus = {}, .memory = 2ull << 30};
  std::int64_t pids = 512;  ///< docker.pids
};

/// Those of a command without a file of settings: `WHARF_DOCKER_HOST`, else `DOCKER_HOST`, names
/// the engine; `WHARF_DOCKER_NETWORK`, `WHARF_DOCKER_REGISTRY_AUTH` and `WHARF_LOCAL_MOUNT` are
/// settings too. Logins are else those of Docker's own client, where it has written some.
DockerSettings docker_settings(const connection::Environment& environment);

/// Why a directory cannot be containers' /local: it is not absolute, or the daemon's own data lie
/// in it. None: it can.
std::optional<std::string> objection_to_local_mount(const std::filesystem::path& directory,
                                                    const std::filesystem::path& data_directory);

}  // namespace wharf::daemon
