#include "api/listening.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace wharf::api {
namespace {

constexpr mode_t kLocalMode = 0660;

// Of either family, ready for bind().
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host == "localhost" ? "127.0.0.1" : host;
}

std::optional<SocketAddress> socket_address(const TcpAddress& address) {
  const std::string host(without_brackets(address.host));
  SocketAddress found;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(address.port);
    std::memcpy(&found.storage, &four, sizeof four);
    found.size = sizeof four;
  } else if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(address.port);
    std::memcpy(&found.storage, &six, sizeof six);
    found.size = sizeof six;
  } else {
    return std::nullopt;
  }
  return found;
}

Error cannot_listen(std::string_view where, std::string_view step) {
  const int reason = errno;
  return {ErrorCode::environment,
          fmt::format("cannot listen on {}: {}: {}", where, step, std::strerror(reason))};
}

base::UniqueFd new_socket(int family) {
  return base::UniqueFd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

sockaddr_un local_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

bool somebody_listens(const std::string& path) {
  const auto address = local_address(path);
  const auto socket = new_socket(AF_UNIX);
  const auto* general = reinterpret_cast<const sockaddr*>(&address);
  // A full backlog (EAGAIN) is somebody too.
  return ::connect(socket.get(), general, sizeof address) == 0 || errno == EAGAIN;
}

// Those of the group may connect, where there is one and the process may give it away.
void give_to_group(const LocalAddress& address) {
  if (address.group.empty()) return;
  const group* found = ::getgrnam(address.group.c_str());
  if (!found) return;
  // Who has no right to give it away keeps it in its own group: the narrower choice.
  if (::chown(address.path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) errno = 0;
}

}  // namespace

Result<TcpAddress> tcp_address(std::string_view text) {
  const auto colon = text.rfind(':');
  TcpAddress address;
  unsigned port = 0;
  bool good = colon != std::string_view::npos && colon > 0;
  if (good) {
    const auto digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    good = error == std::errc() && end == digits.data() + digits.size() && port <= 65535;
    address.host = text.substr(0, colon);
    address.port = static_cast<std::uint16_t>(port);
  }
  if (!good || !socket_address(address))
    return Error{ErrorCode::invalid_argument,
                 fmt::format("'{}' is no address to listen on: write it as 127.0.0.1:8000 or "
                             "[::1]:8000",
                             text)};
  return address;
}

bool is_loopback(const TcpAddress& address) {
  const std::string host(without_brackets(address.host));
  return host == "::1" || host.starts_with("127.");
}

Result<base::UniqueFd> listen_on(const TcpAddress& address, int backlog) {
  const auto where = fmt::format("{}:{}", address.host, address.port);
  const auto target = socket_address(address);
  if (!target)
    return Error{ErrorCode::invalid_argument, fmt::format("'{}' is no address", address.host)};
  auto listener = new_socket(target->storage.ss_family);
  if (!listener) return cannot_listen(where, "socket");
  const int on = 1;
  // Without it a restart would wait for the connections of its former life to fade.
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener.get(), target->get(), target->size) != 0) return cannot_listen(where, "bind");
  if (::listen(listener.get(), backlog) != 0) return cannot_listen(where, "listen");
  return listener;
}

Result<base::UniqueFd> listen_on(const LocalAddress& address, int backlog) {
  const auto target = local_address(address.path);
  if (address.path.empty() || address.path.size() >= sizeof target.sun_path)
    return Error{ErrorCode::invalid_argument,
                 fmt::format("'{}' is no path for a socket: it may have 1 to {} bytes",
                             address.path, sizeof target.sun_path - 1)};
  if (somebody_listens(address.path))
    return Error{ErrorCode::conflict, fmt::format("another process listens on {}", address.path)};
  auto listener = new_socket(AF_UNIX);
  if (!listener) return cannot_listen(address.path, "socket");
  struct stat found{};
  if (::lstat(address.path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode))
    ::unlink(address.path.c_str());
  // The mode of the unbound socket, less the umask, is what bind() makes the file with: at no
  // moment can more people connect than in the end.
  ::fchmod(listener.get(), kLocalMode);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0)
    return cannot_listen(address.path, "bind");
  give_to_group(address);
  if (::chmod(address.path.c_str(), kLocalMode) != 0) return cannot_listen(address.path, "chmod");
  if (::listen(listener.get(), backlog) != 0) return cannot_listen(address.path, "listen");
  return listener;
}

std::uint16_t port_of(const base::UniqueFd& listener) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  sockaddr_in four{};
  std::memcpy(&four, &storage, sizeof four);  // the port stands at the same place in both families
  return ntohs(four.sin_port);
}

}  // namespace wharf::api
