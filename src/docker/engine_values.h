#pragma once
// What an engine answers, as values.

#include "docker/engine_error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace wharf::docker {

/// `1.41`.
struct ApiVersion {
  int major_number = 0;
  int minor_number = 0;

  std::string text() const;
  friend auto operator<=>(const ApiVersion&, const ApiVersion&) = default;
};

/// What an engine is and can.
struct EngineInfo {
  std::string version;       ///< `20.10.24`
  std::string os;            ///< `linux`
  std::string architecture;  ///< as images say it: `amd64`, `arm64`
  std::string cgroup_version;
  std::string root_directory;   ///< where its images and containers lie
  std::string default_runtime;  ///< `runc`, `crun`
  std::vector<std::string> runtimes;
  std::vector<std::string> security_options;  ///< `name=seccomp,profile=default`
  int processors = 0;
  std::uint64_t memory_bytes = 0;
  bool rootless = false;
};

/// What an image says of itself.
struct ImageFacts {
  std::string id;                         ///< `sha256:…`
  std::vector<std::string> repo_digests;  ///< `docker.io/airbyte/source-faker@sha256:…`
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> labels;
  std::string working_directory;
  std::string user;
  std::string architecture;  ///< as images say it: `amd64`
  std::string os;
};

/// How a container stands.
struct ContainerState {
  std::string id;
  std::string name;  ///< without the '/' before it
  std::string image_id;
  std::string status;  ///< `created`, `running`, `exited`, …
  bool running = false;
  bool out_of_memory = false;  ///< the kernel killed it at its limit; Podman on cgroups v1: never
  int exit_code = 0;
  int pid = 0;              ///< of process 1, on the host; 0 while it does not run
  std::string error;        ///< why it could not be started
  std::string started_at;   ///< RFC 3339; `0001-01-01T00:00:00Z` if never
  std::string finished_at;  ///< likewise
  std::map<std::string, std::string> labels;
};

/// A line of the list of containers.
struct ListedContainer {
  std::string id;
  std::string name;
  std::string image;
  std::string status;  ///< `created`, `running`, `exited`, …
  std::map<std::string, std::string> labels;
};

/// Something that happened to a container or an image.
struct EngineEvent {
  std::string type;    ///< `container`
  std::string action;  ///< `start`, `die`, `oom`, `destroy`; Podman says `died`, `remove`
  std::string id;
  std::map<std::string, std::string> attributes;  ///< its labels among them, and `exitCode`
  std::int64_t at = 0;                            ///< nanoseconds since 1970
};

/// Why this engine cannot run connectors: an operating system other than Linux, gVisor or Kata as
/// the default runtime, whose containers share neither FIFOs nor sockets with the host.
EngineResult<void> check_usable(const EngineInfo& engine);

/// Whether the engine's processors run the image; `wrong_platform` names both.
EngineResult<void> check_platform(const ImageFacts& image, const EngineInfo& engine);

}  // namespace wharf::docker
