#pragma once

#include "api/entrance.h"
#include "api/health.h"
#include "api/instance.h"
#include "api/server.h"
#include "api/services.h"
#include "api/stored_tokens.h"
#include "api/tokens.h"
#include "daemon/core.h"
#include "daemon/inquiry.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wharf::daemon {

/// The HTTP endpoint: Airbyte's public API, as far as it is offered, behind bearer tokens, and our
/// own beside it; on TCP, and on a Unix socket whose mode is its lock.
class FrontDoor {
 public:
  struct Options {
    std::string listen;              ///< `127.0.0.1:8000`
    std::vector<std::string> hosts;  ///< names it answers to, beside its address and loopback's
    schedule::TimeZone default_zone;
    std::vector<api::Client> clients;  ///< who may ask for tokens; nobody else
    std::string metrics;               ///< who may read them: loopback, open, token
    /// What `/metrics` says, and what is told of every answer.
    std::function<std::string()> measures;
    api::Entrance::Heard answered;
    std::optional<api::LocalAddress> local;  ///< none: no door but TCP
    api::Instance instance;
    connection::Environment environment;  ///< of the host, for what is declared
    BuiltinSpec builtin_spec;
    /// A connection was added, changed or deleted. Any thread; short.
    std::function<void(const base::ConnectionId&)> connection_changed;
    bool authenticate = true;
    bool insecure = false;                   ///< it may listen beyond loopback
    std::string public_url = {};             ///< empty: as each client names it
    std::optional<api::BasicLogin> basic{};  ///< whom a password lets in, too
    std::vector<api::Token> tokens{};        ///< that the settings give, and no others
    /// How long ago the scheduler last turned. Any thread; none: it is not asked.
    std::function<std::chrono::steady_clock::duration()> since_turn{};
  };

  /// Makes the default workspace, knows the client, and serves. Core outlives it. Fails with
  /// invalid_argument or environment.
  static Result<std::unique_ptr<FrontDoor>> open(Core& core, Options options);
  /// Lets requests under way end.
  ~FrontDoor();

  std::uint16_t port() const { return server_->port(); }

  /// Whether `/readyz` may say that the daemon is ready, if all it checks is well. No at first.
  void set_ready(bool ready) { ready_ = ready; }
  /// From now on it says that no sync begins any more.
  void say_draining() { draining_ = true; }

 private:
  FrontDoor(Core& core, const Options& options);
  std::vector<api::Check> checks(Core& core) const;

  std::atomic<bool> closing_{false};
  std::atomic<bool> ready_{false};
  std::atomic<bool> draining_{false};
  api::StoredTokens store_;
  api::Tokens tokens_;
  const api::Services services_;
  const api::Instance instance_;
  const std::function<std::chrono::steady_clock::duration()> since_turn_;
  api::Router router_;
  std::optional<api::Guard> guard_;
  std::optional<api::Entrance> entrance_;
  std::unique_ptr<api::Server> server_;
};

}  // namespace wharf::daemon
