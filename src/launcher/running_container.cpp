#include "launcher/running_container.h"

#include "launcher/container_life.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace wharf::launcher {

namespace asio = boost::asio;
using asio::awaitable;
using process::ExitStatus;

RunningContainer::RunningContainer(const asio::any_io_executor& executor, ContainerOrder order,
                                   process::StdioEnds ends)
    : life_(std::make_shared<ContainerLife>(executor, std::move(order), std::move(ends))) {}

RunningContainer::~RunningContainer() {
  if (!life_->made || life_->exit || life_->concluding) return;
  // Its end of control goes with us, and with that the connector; what is left of the container
  // goes now, or with the next sweep.
  life_->concluding = true;
  life_->control.cancel();
  life_->control.close();
  asio::co_spawn(life_->executor, ContainerLife::remove(life_), asio::detached);
}

ConnectorIdentity RunningContainer::identity() const {
  return ContainerIdentity{life_->name};
}
awaitable<Result<void>> RunningContainer::started() {
  return ContainerLife::start(life_);
}
void RunningContainer::tell(News news) {
  life_->news = std::move(news);
}
void RunningContainer::call_off() {
  life_->is_called_off = true;
  life_->calling_off.emit(asio::cancellation_type::terminal);
}
std::optional<SeenImage> RunningContainer::image() const {
  return life_->seen;
}
base::UniqueFd RunningContainer::take_stdin() {
  return std::move(life_->ends.in);
}
base::UniqueFd RunningContainer::take_stdout() {
  return std::move(life_->ends.out);
}
base::UniqueFd RunningContainer::take_stderr() {
  return std::move(life_->ends.err);
}
awaitable<bool> RunningContainer::ended() {
  return ContainerLife::await_end(life_);
}
awaitable<ExitStatus> RunningContainer::exited() {
  return ContainerLife::await_exit(life_);
}
awaitable<ExitStatus> RunningContainer::stop(std::chrono::milliseconds grace) {
  return ContainerLife::stop(life_, grace);
}

}  // namespace wharf::launcher
