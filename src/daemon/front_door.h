#pragma once

#include "api/entrance.h"
#include "api/server.h"
#include "api/services.h"
#include "api/stored_tokens.h"
#include "api/tokens.h"
#include "daemon/core.h"
#include "daemon/credentials.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace wharf::daemon {

/// The HTTP endpoint: Airbyte's public API, as far as it is offered, behind bearer tokens.
class FrontDoor {
 public:
  struct Options {
    std::string listen;              ///< `127.0.0.1:8000`
    std::vector<std::string> hosts;  ///< names it answers to, beside its address and loopback's
    schedule::TimeZone default_zone;
    Credentials credentials;
  };

  /// Makes the default workspace, knows the client, and serves. Core outlives it. Fails with
  /// invalid_argument or environment.
  static Result<std::unique_ptr<FrontDoor>> open(Core& core, Options options);
  /// Lets requests under way end.
  ~FrontDoor();

  std::uint16_t port() const { return server_->port(); }

 private:
  FrontDoor(Core& core, const Options& options);

  std::atomic<bool> closing_{false};
  api::StoredTokens store_;
  api::Tokens tokens_;
  const api::Services services_;
  api::Router router_;
  std::optional<api::Guard> guard_;
  std::optional<api::Entrance> entrance_;
  std::unique_ptr<api::Server> server_;
};

}  // namespace wharf::daemon
