#pragma once

#include "connection/references.h"

#include <wharf/error.h>

#include <filesystem>
#include <optional>
#include <string>

namespace wharf::daemon {

/// The group whose members may use the daemon's socket.
inline constexpr const char* kGroup = "wharf";

/// Where the daemon listens for those of this machine: `chosen`, else `wharf.sock` in systemd's
/// runtime directory, else in the data directory. None if a place that nobody chose is too long for
/// a socket.
std::optional<std::string> socket_path(const std::string& chosen,
                                       const std::filesystem::path& data_directory,
                                       const connection::Environment& environment);

/// Makes `<data-dir>/wharf.sock` lead to a socket that lies elsewhere, so that whoever knows the
/// directory finds its daemon; clears away what a former life left there. Fails with environment.
Result<void> lead_to_socket(const std::filesystem::path& data_directory, const std::string& socket);

/// Where a command looks for the daemon, first one first: `chosen`, else (with `data_directory`)
/// that one's, else /run/wharf/wharf.sock and that of the usual data directory.
std::vector<std::string> sockets_to_try(const std::string& chosen,
                                        const std::string& data_directory,
                                        const connection::Environment& environment);

}  // namespace wharf::daemon
