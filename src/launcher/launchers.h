#pragma once

#include <launcher/docker_launcher.h>
#include <launcher/process_launcher.h>

#include <memory>

namespace wharf::launcher {

/// Launches each workload by what its program is: an image in a container, a built-in or a command
/// as a child of ours.
class Launchers final : public Launcher {
 public:
  Launchers(ProcessLauncher::Settings processes, std::string engine_host,
            ContainerSettings containers)
      : processes_(std::move(processes)),
        containers_(std::move(engine_host), std::move(containers)) {}

  Result<std::unique_ptr<RunningConnector>> launch(const boost::asio::any_io_executor& executor,
                                                   const workload::Workload& workload,
                                                   const workload::RunDirectory& run) override {
    if (std::holds_alternative<definition::Image>(workload.program)) {
      return containers_.launch(executor, workload, run);
    }
    return processes_.launch(executor, workload, run);
  }

  DockerLauncher& containers() { return containers_; }

 private:
  ProcessLauncher processes_;
  DockerLauncher containers_;
};

}  // namespace wharf::launcher
