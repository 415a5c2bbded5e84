#pragma once

#include <wharf/error.h>

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace CLI {
class App;
}

namespace wharf::cli {

/// Where the daemon is, as the command line says it.
struct DaemonPlace {
  std::string socket;
  std::string data_dir;
  bool json = false;
};
/// Adds --socket, --data-dir and --json.
void add_daemon_options(CLI::App& verb, DaemonPlace& place);

/// What the daemon answered, whatever its status.
struct Reply {
  int status = 0;
  std::string body;
};

/// Talks with the daemon through its Unix socket: a connection per request. One thread.
class DaemonClient {
 public:
  /// The daemon that answers at the place. Throws Failure (environment) that says which sockets
  /// were tried, what was wrong with each, and what to do.
  static DaemonClient find(const DaemonPlace& place);
  /// The same; none if nobody listens, or not for us.
  static std::optional<DaemonClient> find_if_any(const DaemonPlace& place);

  const std::string& socket() const { return socket_; }

  /// `target` is a path with its query, below /api. Throws Failure if the daemon goes away.
  Reply ask(std::string_view method, const std::string& target, const std::string& body = {}) const;
  /// Asks, and takes a success as JSON. A refusal is a Failure with the daemon's own words.
  nlohmann::ordered_json get(const std::string& target) const;
  nlohmann::ordered_json send(std::string_view method, const std::string& target,
                              const std::string& body = {}) const;
  /// Gives the body to `take` as it comes. Fails like get(); an answer that is cut short fails too.
  void stream(const std::string& target, const std::function<void(std::string_view)>& take) const;

 private:
  explicit DaemonClient(std::string socket) : socket_(std::move(socket)) {}
  int exchange(std::string_view method, const std::string& target, const std::string& body,
               const std::function<void(int status, std::string_view)>& take) const;

  std::string socket_;
};

inline constexpr std::string_view kWharfApi = "/wharf/v1";
inline constexpr std::string_view kPublicApi = "/public/v1";

/// `a b` → `a%20b`: a name within a path.
std::string in_path(std::string_view name);

/// What a refusal means here.
Error error_of(const Reply& refusal);

}  // namespace wharf::cli
