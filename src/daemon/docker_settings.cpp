#include "daemon/docker_settings.h"

namespace wharf::daemon {

DockerSettings docker_settings(const connection::Environment& environment) {
  DockerSettings settings;
  for (const char* name : {"WHARF_DOCKER_HOST", "DOCKER_HOST"}) {
    const char* host = environment(name);
    if (host == nullptr || *host == '\0') continue;
    settings.host = host;
    break;
  }
  return settings;
}

}  // namespace wharf::daemon
