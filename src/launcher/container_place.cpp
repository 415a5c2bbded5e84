#include "launcher/container_place.h"

#include <base/text.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace wharf::launcher {

using docker::EngineError;
using docker::EngineFault;

namespace {

constexpr const char* kInstead =
    "; docker.network: none or host does without a network of Wharf's own, and a network's name "
    "takes that one";

// Docker refuses a source that is missing, Podman makes it: neither says which setting it was.
docker::EngineResult<void> check_local_mount(const std::filesystem::path& directory) {
  if (directory.empty()) return {};
  std::error_code error;
  const auto there = std::filesystem::status(directory, error);
  if (std::filesystem::is_directory(there)) return {};
  const auto why = std::filesystem::exists(there)                          ? "is none"
                   : there.type() == std::filesystem::file_type::not_found ? "is not there"
                                                                           : "cannot be seen";
  return EngineError(EngineFault::refused,
                     fmt::format("the directory {} (connectors.local_mount), which is to be /local "
                                 "in containers, {}",
                                 directory.string(), why));
}

}  // namespace

docker::EngineAnswer<void> prepare_place(docker::EngineClient engine,
                                         const ContainerSettings& settings) {
  if (auto there = check_local_mount(settings.local_mount); !there) co_return there;
  if (settings.network != kOwnNetwork) co_return docker::EngineResult<void>();
  auto making = engine.ensure_network(kOwnNetwork, {{"wharf.network", "connectors"}});
  auto made = co_await std::move(making);
  if (made) co_return made;
  auto error = std::move(made).error();
  if (error.fault == EngineFault::unreachable || error.fault == EngineFault::gone) co_return error;
  error.message =
      fmt::format("the engine cannot make the network '{}' that containers are to be in: {}{}",
                  kOwnNetwork, error.message, kInstead);
  co_return error;
}

EngineError with_network_hint(EngineError error, const ContainerSettings& settings) {
  const auto words = base::to_lower(error.message);
  const bool about = words.find("network") != std::string::npos ||
                     words.find("veth") != std::string::npos ||
                     words.find("bridge") != std::string::npos;
  if (about && settings.network == kOwnNetwork) error.message += kInstead;
  return error;
}

}  // namespace wharf::launcher
