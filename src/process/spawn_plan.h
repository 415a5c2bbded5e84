#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wharf::process {

/// The four FIFOs of one connector: its stdio, and the shim's own line to the daemon.
struct StdioPaths {
  std::filesystem::path in;
  std::filesystem::path out;
  std::filesystem::path err;
  std::filesystem::path control;
};

/// A soft limit, by the name the shim knows: nofile, core, as, nproc, cpu, fsize. One above the
/// hard limit is set as far as that goes.
struct ResourceLimit {
  std::string name;
  std::uint64_t value = 0;
};

/// One program to be run through the shim: a value. The environment is the whole environment:
/// nothing is added to it and nothing inherited.
struct SpawnPlan {
  std::vector<std::string> argv;  ///< argv[0] is looked up in the PATH of `environment`
  std::map<std::string, std::string> environment;
  StdioPaths stdio;
  std::filesystem::path working_directory;  ///< empty: the daemon's own
  std::vector<ResourceLimit> limits;
  std::optional<mode_t> umask;
};

/// The shim's command line for `plan`. `parent` is the daemon's pid, with which the shim is to end;
/// without one (in a container) it has no death signal. Pure.
std::vector<std::string> shim_arguments(const std::string& shim, const SpawnPlan& plan,
                                        std::optional<pid_t> parent);

}  // namespace wharf::process
