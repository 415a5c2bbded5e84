#pragma once

#include <launcher/connector_environment.h>
#include <launcher/launcher.h>

#include <filesystem>
#include <string>

namespace wharf::launcher {

/// Runs built-ins and local commands as children of this process, through the shim. A built-in is
/// `<executable> connector NAME VERB …`, a command its own words and the verb's. Holds nothing that
/// changes.
class ProcessLauncher final : public Launcher {
 public:
  struct Settings {
    std::filesystem::path shim;        ///< where install_shim() has put it
    std::filesystem::path executable;  ///< ourselves: own_executable()
    std::string version;               ///< ours, told to connectors as AIRBYTE_VERSION
    Environment host;                  ///< host_environment()
  };
  explicit ProcessLauncher(Settings settings) : settings_(std::move(settings)) {}

  Result<std::unique_ptr<RunningConnector>> launch(const boost::asio::any_io_executor& executor,
                                                   const workload::Workload& workload,
                                                   const workload::RunDirectory& run) override;

 private:
  const Settings settings_;
};

/// The file that this process was started from. To be asked once, at the start: an upgrade puts
/// another in its place.
std::filesystem::path own_executable();

}  // namespace wharf::launcher
