#include "docker/unix_stream.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

namespace wharf::docker {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr auto kConnectPause = std::chrono::milliseconds(20);

std::string owner_group(const std::string& socket) {
  struct stat status{};
  if (::stat(socket.c_str(), &status) != 0) return "docker";
  const group* const found = ::getgrgid(status.st_gid);
  return found != nullptr ? found->gr_name : std::to_string(status.st_gid);
}

EngineError unreachable(const std::string& socket, const error_code& why) {
  std::string advice = why.message();
  if (why == boost::system::errc::no_such_file_or_directory) {
    advice = "there is no such socket: start the engine, or say where it is with docker.host";
  } else if (why == boost::system::errc::connection_refused) {
    advice = "nobody listens there: the engine does not run";
  } else if (why == boost::system::errc::permission_denied) {
    advice =
        fmt::format("permission denied; the socket's group is '{}': Wharf's user must be in it",
                    owner_group(socket));
  }
  return {EngineFault::unreachable, fmt::format("engine at {}: {}", socket, advice)};
}

}  // namespace

void allow(UnixStream& stream, std::chrono::milliseconds patience) {
  if (patience.count() > 0) {
    stream.expires_after(patience);
  } else {
    stream.expires_never();
  }
}

EngineError broken_off(const std::string& socket, const error_code& why) {
  if (why == beast::error::timeout) {
    return {EngineFault::timed_out, fmt::format("engine at {}: no answer in time", socket)};
  }
  if (why == asio::error::operation_aborted) {
    return {EngineFault::cancelled, fmt::format("engine at {}: no longer asked", socket)};
  }
  if (why == http::error::body_limit || why == http::error::header_limit) {
    return {EngineFault::bad_answer, fmt::format("engine at {}: the answer is too large", socket)};
  }
  const bool cut = why == http::error::end_of_stream || why == http::error::partial_message;
  if (cut || why.category() != http::make_error_code(http::error::bad_version).category()) {
    return {EngineFault::gone,
            fmt::format("engine at {}: it hung up in the middle of an answer ({})", socket,
                        why.message())};
  }
  return {EngineFault::bad_answer,
          fmt::format("engine at {}: the answer is no HTTP ({})", socket, why.message())};
}

// A connect to a socket whose backlog is full seems to succeed: only the peer's name tells.
asio::awaitable<EngineResult<void>> connect(UnixStream& stream, const std::string& socket,
                                            std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  const asio::local::stream_protocol::endpoint endpoint(socket);
  asio::steady_timer pause(stream.get_executor());
  while (true) {
    auto [error] = co_await stream.async_connect(endpoint, kAnswered);
    const bool in_time = std::chrono::steady_clock::now() < until;
    if (error == beast::error::timeout) co_return broken_off(socket, error);
    if (error && error != asio::error::try_again) co_return unreachable(socket, error);
    error_code unconnected;
    stream.socket().remote_endpoint(unconnected);
    if (!error && !unconnected) co_return EngineResult<void>();
    if (!in_time) co_return broken_off(socket, beast::error::timeout);
    stream.socket().close(unconnected);
    pause.expires_after(kConnectPause);
    auto [stopped] = co_await pause.async_wait(kAnswered);
    if (stopped) co_return broken_off(socket, stopped);
  }
}

}  // namespace wharf::docker
