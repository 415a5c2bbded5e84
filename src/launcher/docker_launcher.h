#pragma once

#include <launcher/connector_container.h>
#include <launcher/container_engine.h>
#include <launcher/launcher.h>
#include <launcher/standing_containers.h>

#include <memory>
#include <string>

namespace wharf::launcher {

/// Runs images as containers of an engine on this host, the shim as their process 1. The engine may
/// be absent: then what it is asked to launch fails, with the reason. Holds nothing that changes
/// but who the engine is.
class DockerLauncher final : public Launcher {
 public:
  /// `host` as in DOCKER_HOST.
  DockerLauncher(std::string host, ContainerSettings settings)
      : engine_(std::move(host)), settings_(std::move(settings)) {}

  /// Its containers are made and started in RunningConnector::started().
  Result<std::unique_ptr<RunningConnector>> launch(const boost::asio::any_io_executor& executor,
                                                   const workload::Workload& workload,
                                                   const workload::RunDirectory& run) override;

  ContainerEngine& engine() { return engine_; }
  /// sweep_containers() of all connections, as a plain Result.
  boost::asio::awaitable<Result<int>> sweep(std::filesystem::path runs);
  /// Makes no container any more, removes those that stand, whose connectors' ends nobody hears of
  /// then, and waits until all are gone, for `limit` at most. The engine's thread must turn
  /// meanwhile.
  bool end(std::chrono::milliseconds limit) { return standing_->end(limit); }

 private:
  ContainerEngine engine_;
  const ContainerSettings settings_;
  const std::shared_ptr<StandingContainers> standing_ = std::make_shared<StandingContainers>();
};

}  // namespace wharf::launcher
