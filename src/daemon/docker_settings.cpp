#include "daemon/docker_settings.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace wharf::daemon {
namespace {

std::string text_of(const connection::Environment& environment, const char* name) {
  const char* value = environment(name);
  return value == nullptr ? std::string() : std::string(value);
}

// Where `docker login` writes.
std::string logins_of_the_client(const connection::Environment& environment) {
  std::filesystem::path directory = text_of(environment, "DOCKER_CONFIG");
  if (directory.empty()) {
    const auto home = text_of(environment, "HOME");
    if (home.empty()) return {};
    directory = std::filesystem::path(home) / ".docker";
  }
  const auto file = directory / "config.json";
  std::error_code error;
  return std::filesystem::is_regular_file(file, error) ? file.string() : std::string();
}

bool is_within(const std::filesystem::path& path, const std::filesystem::path& directory) {
  const auto [end, rest] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  // A directory that was written with a slash at its end has an empty last part.
  return end == directory.end() || (end->empty() && std::next(end) == directory.end());
}

}  // namespace

DockerSettings docker_settings(const connection::Environment& environment) {
  DockerSettings settings;
  for (const char* name : {"WHARF_DOCKER_HOST", "DOCKER_HOST"}) {
    const auto host = text_of(environment, name);
    if (host.empty()) continue;
    settings.host = host;
    break;
  }
  if (const auto network = text_of(environment, "WHARF_DOCKER_NETWORK"); !network.empty()) {
    settings.network = network;
  }
  settings.registry_auth = text_of(environment, "WHARF_DOCKER_REGISTRY_AUTH");
  if (settings.registry_auth.empty()) settings.registry_auth = logins_of_the_client(environment);
  settings.local_mount = text_of(environment, "WHARF_LOCAL_MOUNT");
  return settings;
}

std::optional<std::string> objection_to_local_mount(const std::filesystem::path& directory,
                                                    const std::filesystem::path& data_directory) {
  if (!directory.is_absolute()) return directory.string() + " is not an absolute path";
  const auto mounted = directory.lexically_normal();
  const auto data = std::filesystem::absolute(data_directory).lexically_normal();
  if (is_within(data, mounted) || is_within(mounted, data)) {
    return "containers would see what is Wharf's own: " + data.string() + " and " +
           mounted.string() + " are to be apart";
  }
  return std::nullopt;
}

}  // namespace wharf::daemon
