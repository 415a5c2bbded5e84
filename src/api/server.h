#pragma once

#include <wharf/error.h>

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "api/entrance.h"
#include "api/limits.h"
#include "api/listening.h"

namespace wharf::api {

struct ServerOptions {
  std::optional<TcpAddress> tcp;
  /// Beyond loopback everybody on the network reads along: there is no TLS here.
  bool beyond_loopback = false;
  std::optional<LocalAddress> local;
  Limits limits;
};

/// The two doors, TCP and the Unix socket, and the connections behind them. Requests are read, and
/// answers written, on a strand of the executor; handlers run on threads of the server's own.
///
/// A handler that waits must have a deadline of its own: the server can close its connection, not
/// end it.
class Server {
 public:
  /// Listens and serves from now on. Entrance, log and clock outlive the server, and the executor
  /// turns as long as it lives. Fails with invalid_argument, conflict or environment.
  static Result<std::unique_ptr<Server>> open(const boost::asio::any_io_executor& executor,
                                              const Entrance& entrance, base::Log& log,
                                              const base::Clock& clock,
                                              const ServerOptions& options);
  /// stop() without patience.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The TCP port, for those who asked for any.
  std::uint16_t port() const;

  /// Stops accepting, ends idle connections and followers (these with their farewell), and waits
  /// up to `patience` for the requests under way; then closes what is left. Returns when all
  /// handlers have ended. Not to be called on the executor.
  void stop(std::chrono::milliseconds patience);

 private:
  class Work;
  explicit Server(std::shared_ptr<Work> work);
  std::shared_ptr<Work> work_;
};

}  // namespace wharf::api
