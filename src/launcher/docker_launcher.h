#pragma once

#include <launcher/connector_container.h>
#include <launcher/container_engine.h>
#include <launcher/launcher.h>
#include <launcher/pending_removals.h>

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
  /// Waits, at most for `limit`, until the containers of connectors that have ended are removed.
  /// The engine's thread must turn meanwhile.
  bool await_removals(std::chrono::milliseconds limit) { return removals_->wait(limit); }

 private:
  ContainerEngine engine_;
  const ContainerSettings settings_;
  const std::shared_ptr<PendingRemovals> removals_ = std::make_shared<PendingRemovals>();
};

}  // namespace wharf::launcher
