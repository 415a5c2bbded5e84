#include "docker/engine_address.h"

#include <fmt/format.h>
#include <sys/un.h>

#include "base/text.h"

namespace wharf::docker {
namespace {

constexpr std::string_view kExample = "unix:///var/run/docker.sock";

EngineError refused_host(std::string_view host, std::string_view why) {
  return {EngineFault::unsupported, fmt::format("docker.host '{}': {}", host, why)};
}

std::string remote_reason(std::string_view scheme) {
  if (scheme == "npipe") return "a Windows pipe is no engine of this host";
  return fmt::format(
      "an engine behind {}:// is not supported: connectors and Wharf share FIFOs and sockets of "
      "one "
      "host. Run Wharf on the engine's host and say {}",
      scheme, kExample);
}

}  // namespace

EngineResult<std::string> engine_socket(std::string_view host) {
  const auto text = base::trim(host);
  const auto mark = text.find("://");
  if (mark == std::string_view::npos) {
    return refused_host(text, fmt::format("say the engine's socket as in {}", kExample));
  }
  const auto scheme = text.substr(0, mark);
  if (scheme != "unix") return refused_host(text, remote_reason(scheme));
  const auto path = text.substr(mark + 3);
  if (path.empty() || path.front() != '/') {
    return refused_host(text, fmt::format("the path must be absolute, as in {}", kExample));
  }
  if (path.find('\0') != std::string_view::npos || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return refused_host(text, fmt::format("a socket's path may have {} bytes at most",
                                          sizeof(sockaddr_un::sun_path) - 1));
  }
  return std::string(path);
}

}  // namespace wharf::docker
