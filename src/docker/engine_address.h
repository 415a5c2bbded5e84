#pragma once

#include "docker/engine_error.h"

#include <string>
#include <string_view>

namespace wharf::docker {

/// The socket's path in a `docker.host` value. Only `unix:///path` is an engine of this host, which
/// alone can share FIFOs and sockets with us: `tcp://`, `ssh://`, `npipe://` and the like are
/// refused by name, with what to do instead. Pure.
EngineResult<std::string> engine_socket(std::string_view host);

}  // namespace wharf::docker
