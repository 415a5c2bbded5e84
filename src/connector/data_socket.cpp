#include "connector/data_socket.h"

#include <wharf/error.h>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace wharf::connector {

namespace {

constexpr auto kFileWait = std::chrono::minutes(15);
constexpr int kFilePollMillis = 5;
constexpr int kSendBuffer = 1 << 20;  // bytes; the kernel gives what net.core.wmem_max allows
constexpr int kConnectTries = 20;     // a tenth of a second: a source may be slow between two calls

[[noreturn]] void fail(ErrorCode code, std::string_view doing, const std::string& path) {
  throw Failure(code, fmt::format("{} {}: {}", doing, path, std::strerror(errno)));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw Failure(ErrorCode::invalid_config,
                  fmt::format("the socket path {} is longer than {} bytes", path,
                              sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

base::UniqueFd make_socket(const std::string& path) {
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail(ErrorCode::environment, "cannot make a socket for", path);
  return socket;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

Listener::Listener(std::string path) : path_(std::move(path)), fd_(make_socket(path_)) {
  // Nobody finds the file before it is listened to, nor one that an earlier life left.
  std::string unseen = path_;
  unseen.back() = '~';
  const auto address = address_of(unseen);
  ::unlink(unseen.c_str());
  if (::bind(fd_.get(), generic(address), sizeof address) != 0 || ::listen(fd_.get(), 1) != 0 ||
      ::rename(unseen.c_str(), path_.c_str()) != 0) {
    fail(ErrorCode::environment, "cannot listen on", path_);
  }
}

base::UniqueFd Listener::accept() {
  base::UniqueFd peer(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!peer) fail(ErrorCode::environment, "cannot accept on", path_);
  // The two ends work in bursts of their own: with room between them neither waits for the other's.
  ::setsockopt(peer.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  fd_.reset();
  return peer;
}

base::UniqueFd connect_to(const std::string& path, const Stop& stop) {
  auto address = address_of(path);
  auto deadline = std::chrono::steady_clock::now() + kFileWait;
  struct stat file{};
  while (::stat(path.c_str(), &file) != 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw Failure(ErrorCode::timed_out,
                    fmt::format("the source made no socket {} in 15 minutes", path));
    }
    wait_ready(-1, 0, stop, kFilePollMillis);
  }
  // The file is there between bind and listen too, for a moment in which nobody answers.
  for (int tries = 0; tries < kConnectTries; ++tries) {
    if (tries > 0) wait_ready(-1, 0, stop, kFilePollMillis);
    auto socket = make_socket(path);
    if (::connect(socket.get(), generic(address), sizeof address) == 0) return socket;
    if (errno != ECONNREFUSED) break;
  }
  fail(ErrorCode::connector_failed, "the source does not answer on", path);
}

void send_all(int socket, std::string_view bytes, const Stop& stop, const std::string& path) {
  while (!bytes.empty()) {
    auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      wait_ready(socket, POLLOUT, stop);
    } else if (errno == EPIPE || errno == ECONNRESET) {
      throw Failure(ErrorCode::connector_failed,
                    fmt::format("the destination closed {} before the source was done", path));
    } else if (errno != EINTR) {
      fail(ErrorCode::environment, "cannot write to", path);
    }
  }
}

std::optional<std::size_t> receive_some(int socket, char* to, std::size_t size) {
  while (true) {
    auto received = ::recv(socket, to, size, MSG_DONTWAIT);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno == EAGAIN) return std::nullopt;
    if (errno == EINTR) continue;
    throw Failure(ErrorCode::connector_failed,
                  fmt::format("the source's data socket broke: {}", std::strerror(errno)));
  }
}

}  // namespace wharf::connector
