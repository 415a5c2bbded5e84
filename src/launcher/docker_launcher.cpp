#include "launcher/docker_launcher.h"

#include <fmt/format.h>
#include <launcher/container_life.h>
#include <launcher/container_sweep.h>
#include <launcher/running_container.h>

namespace wharf::launcher {

Result<std::unique_ptr<RunningConnector>> DockerLauncher::launch(
    const boost::asio::any_io_executor& executor, const workload::Workload& workload,
    const workload::RunDirectory& run) {
  const auto& image = std::get<definition::Image>(workload.program);
  const auto failed = [&](Error error) {
    return std::move(error).during(fmt::format("starting the image '{}'", image.reference));
  };
  auto directory = run.prepare(workload::directory_of(workload.side), workload.files);
  if (!directory) return failed(std::move(directory).error());
  auto ends = process::open_stdio_ends({.in = directory->in(),
                                        .out = directory->out(),
                                        .err = directory->err(),
                                        .control = directory->control()});
  if (!ends) return failed(std::move(ends).error());
  ContainerOrder order{engine_, settings_, workload, run.path(), std::move(*directory), standing_};
  return std::make_unique<RunningContainer>(executor, std::move(order), std::move(*ends));
}

boost::asio::awaitable<Result<int>> DockerLauncher::sweep(std::filesystem::path runs) {
  auto connecting = engine_.connected();
  auto connected = co_await std::move(connecting);
  if (!connected) co_return std::move(connected).error();
  auto sweeping = sweep_containers(std::move(connected->client), std::move(runs));
  auto swept = co_await std::move(sweeping);
  if (!swept) co_return std::move(swept).error();
  engine_.take_unswept();
  co_return *swept;
}

}  // namespace wharf::launcher
