#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace wharf::docker {

/// A path of the host within a container.
struct BindMount {
  std::string
      source;  ///< absolute, on the host; if missing, Docker refuses, Podman makes a directory
  std::string target;  ///< absolute, in the container
  bool read_only = false;
};

/// `soft` and `hard` limit of one kind: `nofile`, `core`.
struct Ulimit {
  std::string name;
  std::int64_t soft = 0;
  std::int64_t hard = 0;
};

/// A container to be made: a value. Zero and empty mean "the image's own" or "no limit". Nothing is
/// attached, there is no terminal, no log, no `init`, no automatic removal and no privilege, since
/// the shim is process 1, FIFOs carry the streams, and how it ended is read after its end.
struct ContainerPlan {
  std::string name;
  std::string image;  ///< ImageReference::full_name(), or an image's id
  std::vector<std::string> entrypoint = {};
  std::vector<std::string> command = {};
  std::string working_directory = {};
  std::map<std::string, std::string> environment = {};
  std::map<std::string, std::string> labels = {};
  std::string user = {};  ///< `1000`, `1000:1000`
  std::vector<BindMount> binds = {};
  std::map<std::string, std::string> tmpfs = {};  ///< path → options: `/tmp` → `rw,mode=1777`
  std::int64_t memory_bytes = 0;                  ///< swap included: the container gets none beside
  std::int64_t memory_reservation_bytes = 0;  ///< what it keeps when the host is short of memory
  std::int64_t nano_cpus = 0;                 ///< 1'500'000'000 is a processor and a half
  std::int64_t cpu_shares = 0;
  std::int64_t pids = 0;
  std::vector<std::string> dropped_capabilities = {};  ///< `ALL`
  std::vector<std::string> security = {};              ///< `no-new-privileges`
  std::string network = {};                            ///< `none`, `host`, a network's name
  std::vector<Ulimit> ulimits = {};
  std::vector<std::string> extra_hosts = {};  ///< `name:address`
  std::string stop_signal = {};               ///< `SIGTERM`
  std::chrono::seconds stop_grace{0};         ///< until an engine's own stop kills
  bool read_only_root = false;
};

/// The body of the request that makes it. Pure.
nlohmann::json create_body(const ContainerPlan& plan);

}  // namespace wharf::docker
