#pragma once

#include <base/guarded.h>
#include <docker/engine_client.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

namespace wharf::launcher {

/// The engine that containers run at, which may come and go. Any strand may ask.
class ContainerEngine {
 public:
  /// `host` as in DOCKER_HOST: `unix:///var/run/docker.sock`.
  explicit ContainerEngine(std::string host) : host_(std::move(host)) {}

  struct Connected {
    docker::EngineClient client;
    docker::EngineInfo info;
  };
  /// Asks once who the engine is, and remembers it; asks again while it cannot be reached. Fails as
  /// EngineClient::connect() and check_usable() do.
  docker::EngineAnswer<Connected> connected();
  /// Forgets it: the engine that is there may be another one.
  void forget();

  /// Whether nobody has swept it yet in this life; once true. A store that knows no images at its
  /// start does not ask for that, and what it was asking first may have been cut short.
  bool take_unswept() { return unswept_.exchange(false); }

  const std::string& host() const { return host_; }

 private:
  const std::string host_;
  std::atomic<bool> unswept_ = true;
  base::Guarded<std::optional<Connected>> known_;
};

}  // namespace wharf::launcher
