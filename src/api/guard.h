#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/login_patience.h"
#include "api/problem.h"
#include "api/request.h"
#include "api/secret_text.h"

namespace wharf::api {

/// A user and a password, for clients that know nothing better (Prefect, older Dagster).
struct BasicLogin {
  std::string user;
  SecretHash password_hash{};
};

struct GuardOptions {
  /// The names this server answers to, without ports, small letters. A page on the internet whose
  /// name has been made to point here (DNS rebinding) comes with another one.
  std::vector<std::string> hosts{"localhost", "127.0.0.1", "[::1]"};
  /// Off: everybody who can reach the port is an admin.
  bool authenticate = true;
  std::optional<BasicLogin> basic;
  LoginPatience* patience = nullptr;  ///< with who guesses its password; outlives the guard
};

/// Whose token a text is.
using IdentifyToken = std::function<std::optional<Caller>(std::string_view token)>;

/// What every request passes before a handler sees it. Values in, values out; any thread.
class Guard {
 public:
  Guard(GuardOptions options, IdentifyToken identify_token)
      : options_(std::move(options)), identify_token_(std::move(identify_token)) {}

  /// Why this request is refused whoever sent it: its host, or the marks of a browser that was
  /// led here by a foreign page. None: it may pass.
  std::optional<Problem> objection(const Request& request) const;

  /// Who is asking. The Unix socket's file mode is its lock: who has come through it is an admin,
  /// known by uid. None: nobody we know. Throws Refused to who guesses passwords.
  std::optional<Caller> identify(const Request& request) const;

 private:
  bool is_ours(std::string_view host) const;
  std::optional<Problem> browser_objection(const Request& request, std::string_view host) const;
  std::optional<Caller> identify_basic(std::string_view encoded, const Peer& peer) const;

  const GuardOptions options_;
  const IdentifyToken identify_token_;
};

/// `host` without its port, in small letters: `LOCALHOST:8000` → `localhost`, `[::1]:80` → `[::1]`.
std::string host_name(std::string_view host);

}  // namespace wharf::api
