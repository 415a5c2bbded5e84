#include "daemon/service_manager.h"

#include "base/unique_fd.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace wharf::daemon {

void tell_service_manager(std::string_view state) {
  const char* named = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = named == nullptr ? 0 : std::strlen(named);
  if (size == 0 || size >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, named, size);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  (void)::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
}

}  // namespace wharf::daemon
