#pragma once
// A workload as the container that is to run it. Pure.

#include <docker/container_plan.h>
#include <docker/engine_values.h>
#include <launcher/connector_environment.h>
#include <wharf/error.h>
#include <workload/run_directory.h>
#include <workload/workload.h>

#include <filesystem>
#include <string>
#include <vector>

namespace wharf::launcher {

/// What is the same for all containers.
struct ContainerSettings {
  std::filesystem::path shim;  ///< on the host, where it may be executed
  std::string version;         ///< ours, told to connectors as AIRBYTE_VERSION
  std::string deployment;      ///< whose containers they are; empty: nobody's who comes back
  std::string network;         ///< empty: the engine's own default
  std::filesystem::path registry_auth;  ///< Docker's config.json, with logins; empty: none
  std::filesystem::path local_mount;    ///< on the host, /local in containers; empty: none
  /// Of images that say nothing of it.
  definition::Resources usual{.milli_cpus = {}, .memory = 2ull << 30};
  std::int64_t pids = 512;
  int host_cpus = 0;  ///< more than these an engine refuses; 0: not known
};

/// The network that Wharf makes for its containers, which do not see each other in it.
inline constexpr const char* kOwnNetwork = "wharf";

/// The label that leads from a container to its run directory: without one whose maker lives, the
/// container is nobody's any more.
inline constexpr const char* kRunLabel = "wharf.run";

/// The name of a workload's container: its image, verb and attempt, and the run's own letters. At
/// most 63 characters.
std::string container_name(const workload::Workload& workload,
                           const std::filesystem::path& run_directory);

/// The container of an image's workload, whose files and FIFOs stand in `directory` of the run.
/// Fails with invalid_config, with the side's origin, if the image says nothing of what is to be
/// run in it.
Result<docker::ContainerPlan> container_plan(const workload::Workload& workload,
                                             const docker::ImageFacts& image,
                                             const std::filesystem::path& run_directory,
                                             const workload::SideDirectory& directory,
                                             const ContainerSettings& settings);

}  // namespace wharf::launcher
