#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/caller.h"
#include "api/secret_text.h"
#include "base/clock.h"

namespace wharf::api {

/// Somebody who may ask for tokens: what a daemon's `credentials.json` holds, its secret as hash.
struct Client {
  std::string id;
  SecretHash secret_hash{};
  Role role = Role::reader;
};

/// A token as it is kept: never its text.
struct Token {
  SecretHash hash{};
  std::string subject;  ///< `client:<id>`, or the name an operator gave to a static token
  Role role = Role::reader;
  std::optional<base::WallTime> expires;  ///< none: a static token
};

/// Where clients and tokens are kept. What it has taken survives a restart: clients hold on to a
/// token until it expires, whatever became of the daemon in between. Any thread may call it.
class TokenStore {
 public:
  virtual ~TokenStore() = default;
  virtual std::optional<Client> client(std::string_view id) const = 0;
  virtual std::optional<Token> token(const SecretHash& hash) const = 0;
  /// Keeps a token, and forgets those that have expired by `now`. Durable when it returns.
  virtual void keep(const Token& token, base::WallTime now) = 0;
};

}  // namespace wharf::api
