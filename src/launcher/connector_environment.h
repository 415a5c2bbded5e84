#pragma once

#include <workload/workload.h>

#include <filesystem>
#include <map>
#include <string>

namespace wharf::launcher {

using Environment = std::map<std::string, std::string>;

/// What a child may have of our own environment: PATH, HOME, TZ, LANG and the proxy variables,
/// where they are set. To be read once, at the start, before there are threads.
Environment host_environment();

/// A local connector's environment, built and never inherited: `host`, the table of data-plane 9.2,
/// what the declaration's `env:` names, and the words about its data channel and files, which
/// nothing may override. `directory` holds the workload's files. Pure.
Environment build_environment(const workload::Workload& workload, const Environment& host,
                              const std::string& version, const std::filesystem::path& directory);

}  // namespace wharf::launcher
