#include "api/listening.h"
#include "daemon/settings.h"
#include "docker/engine_address.h"

#include <fmt/format.h>

#include <charconv>

namespace wharf::daemon {
namespace {

constexpr int kSyncsMax = 512;

// One variable after the other; what is wrong with them comes together.
class Variables {
 public:
  explicit Variables(const connection::Environment& environment) : environment_(environment) {}

  /// `take` is given the value of a variable that is set; false: it cannot be.
  template <class Take>
  void read(const char* name, std::string_view accepted, Take take) {
    const char* value = environment_(name);
    if (value == nullptr || *value == '\0' || take(std::string(value))) return;
    wrong_ +=
        fmt::format("{}{} must be {}, not '{}'", wrong_.empty() ? "" : "\n", name, accepted, value);
  }

  Result<void> judged() const {
    if (wrong_.empty()) return {};
    return Error{ErrorCode::invalid_config, wrong_};
  }

 private:
  const connection::Environment& environment_;
  std::string wrong_;
};

bool absolute(const std::string& path, std::string& to) {
  if (!path.starts_with('/')) return false;
  to = path;
  return true;
}

}  // namespace

Result<void> apply_environment(Settings& settings, const connection::Environment& environment) {
  Variables variables(environment);
  variables.read("WHARF_DATA_DIR", "an absolute path (default: the setting data_dir)",
                 [&](const auto& value) { return absolute(value, settings.data_dir); });
  variables.read("WHARF_DECLARATIONS", "an absolute path (default: /etc/wharf/conf.d)",
                 [&](const auto& value) { return absolute(value, settings.declarations); });
  variables.read("WHARF_LISTEN", "HOST:PORT (default: 127.0.0.1:8000)", [&](const auto& value) {
    settings.listen = value;
    return api::tcp_address(value).has_value();
  });
  variables.read("WHARF_DOCKER_HOST",
                 "the engine's socket on this host (default: unix:///var/run/docker.sock)",
                 [&](const auto& value) {
                   settings.docker.host = value;
                   return docker::engine_socket(value).has_value();
                 });
  variables.read("WHARF_DOCKER_NETWORK", "a network of the engine, none or host (default: wharf)",
                 [&](const auto& value) {
                   settings.docker.network = value;
                   return true;
                 });
  variables.read("WHARF_DOCKER_REGISTRY_AUTH",
                 "the absolute path of a config.json with registry logins (default: none)",
                 [&](const auto& value) { return absolute(value, settings.docker.registry_auth); });
  variables.read("WHARF_LOCAL_MOUNT",
                 "the absolute path of a directory, /local in containers (default: none)",
                 [&](const auto& value) { return absolute(value, settings.docker.local_mount); });
  variables.read("WHARF_TIMEZONE", "a time zone's name, as Europe/Berlin (default: the machine's)",
                 [&](const auto& value) {
                   auto zone = schedule::TimeZone::find(value);
                   if (zone) settings.timezone = std::move(*zone);
                   return zone.has_value();
                 });
  variables.read("WHARF_MAX_SYNC_WORKERS",
                 fmt::format("a number from 1 to {} (default: 10)", kSyncsMax),
                 [&](const auto& value) {
                   const auto end = value.data() + value.size();
                   const auto read = std::from_chars(value.data(), end, settings.max_sync_workers);
                   return read.ec == std::errc() && read.ptr == end &&
                          settings.max_sync_workers >= 1 && settings.max_sync_workers <= kSyncsMax;
                 });
  return variables.judged();
}

}  // namespace wharf::daemon
