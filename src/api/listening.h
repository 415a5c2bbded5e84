#pragma once
// Sockets that listen: made here, before anything is accepted.

#include <wharf/error.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace wharf::api {

struct TcpAddress {
  std::string host = "127.0.0.1";  ///< an address, or `localhost`; no other name is looked up
  std::uint16_t port = 8000;       ///< 0: one that is free
};

/// `127.0.0.1:8000`, `[::1]:8000`, `localhost:0`. Fails with invalid_argument.
Result<TcpAddress> tcp_address(std::string_view text);
bool is_loopback(const TcpAddress& address);

struct LocalAddress {
  std::string path;   ///< 107 bytes at most; what a dead daemon left there is replaced
  std::string group;  ///< may connect, if there is such a group; empty: the process's own
};

/// Fails with environment (taken, no such address, no right), naming the address.
Result<base::UniqueFd> listen_on(const TcpAddress& address, int backlog);
/// The same for a path; its mode is 0660. Fails with conflict if somebody listens there.
Result<base::UniqueFd> listen_on(const LocalAddress& address, int backlog);

/// The port a socket listens on.
std::uint16_t port_of(const base::UniqueFd& listener);

}  // namespace wharf::api
