#pragma once

#include <launcher/connector_container.h>
#include <launcher/container_engine.h>
#include <launcher/launcher.h>
#include <launcher/standing_containers.h>
#include <process/stdio_ends.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <memory>

namespace wharf::launcher {

/// A connector in a container. What goes on in it is heard on its control FIFO, as of a local one:
/// the engine is asked to make it, to signal it and to remove it, and is not on the road of what it
/// says. Without its engine it goes on; stopped or dropped then, it ends because nobody reads its
/// control FIFO any more.
class RunningContainer final : public RunningConnector {
 public:
  /// What it is made from. Engine and settings outlive it.
  struct Order {
    ContainerEngine& engine;
    const ContainerSettings& settings;
    workload::Workload workload;
    std::filesystem::path run_directory;
    workload::SideDirectory directory;
    std::shared_ptr<StandingContainers> standing;
  };

  RunningContainer(const boost::asio::any_io_executor& executor, Order order,
                   process::StdioEnds ends);
  ~RunningContainer() override;

  ConnectorIdentity identity() const override;
  /// Pulls the image if the engine does not have it, and makes and starts the container. To be
  /// awaited once. Fails with the engine's own words.
  boost::asio::awaitable<Result<void>> started() override;
  void tell(News news) override;
  void call_off() override;
  std::optional<SeenImage> image() const override;
  base::UniqueFd take_stdin() override;
  base::UniqueFd take_stdout() override;
  base::UniqueFd take_stderr() override;
  boost::asio::awaitable<bool> ended() override;
  boost::asio::awaitable<process::ExitStatus> exited() override;
  boost::asio::awaitable<process::ExitStatus> stop(std::chrono::milliseconds grace) override;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace wharf::launcher
