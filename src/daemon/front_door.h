#pragma once

#include "api/entrance.h"
#include "api/server.h"
#include "api/services.h"
#include "api/stored_tokens.h"
#include "api/tokens.h"
#include "daemon/core.h"
#include "daemon/credentials.h"
#include "daemon/inquiry.h"

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
    connection::Environment environment;  ///< of the host, for what is declared
    BuiltinSpec builtin_spec;
    /// A connection was added, changed or deleted. Any thread; short.
    std::function<void(const base::ConnectionId&)> connection_changed;
  };

  /// Makes the default workspace, knows the client, and serves. Core outlives it. Fails with
  /// invalid_argument or environment.
  static Result<std::unique_ptr<FrontDoor>> open(Core& core, Options options);
  /// Lets requests under way end.
  ~FrontDoor();

  std::uint16_t port() const { return server_->port(); }

 private:
  FrontDoor(Core& core, const Options& options);

  api::StoredTokens store_;
  api::Tokens tokens_;
  const api::Services services_;
  api::Router router_;
  std::optional<api::Guard> guard_;
  std::optional<api::Entrance> entrance_;
  std::unique_ptr<api::Server> server_;
};

}  // namespace wharf::daemon
