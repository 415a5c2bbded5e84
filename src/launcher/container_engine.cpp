#include "launcher/container_engine.h"

#include <docker/engine_address.h>

namespace wharf::launcher {

docker::EngineAnswer<ContainerEngine::Connected> ContainerEngine::connected() {
  auto known = known_.with([](const auto& connected) { return connected; });
  if (known) co_return std::move(*known);
  auto socket = docker::engine_socket(host_);
  if (!socket) co_return std::move(socket).error();
  auto connecting = docker::EngineClient::connect(std::move(*socket));
  auto client = co_await std::move(connecting);
  if (!client) co_return std::move(client).error();
  auto asking = client->info();
  auto info = co_await std::move(asking);
  if (!info) co_return std::move(info).error();
  if (auto usable = docker::check_usable(*info); !usable) co_return std::move(usable).error();
  Connected connected{std::move(*client), std::move(*info)};
  known_.with([&](auto& remembered) { remembered = connected; });
  co_return connected;
}

void ContainerEngine::forget() {
  known_.with([](auto& remembered) { remembered.reset(); });
}

}  // namespace wharf::launcher
