#pragma once

#include <launcher/launcher.h>
#include <process/stdio_ends.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

namespace wharf::launcher {

struct ContainerLife;
struct ContainerOrder;

/// A connector in a container. What goes on in it is heard on its control FIFO, as of a local one:
/// the engine is asked to make it, to signal it and to remove it, and is not on the road of what it
/// says. Without its engine it goes on; stopped or dropped then, it ends because nobody reads its
/// control FIFO any more.
class RunningContainer final : public RunningConnector {
 public:
  RunningContainer(const boost::asio::any_io_executor& executor, ContainerOrder order,
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
  const std::shared_ptr<ContainerLife> life_;
};

}  // namespace wharf::launcher
