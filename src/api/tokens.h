#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api/login_patience.h"
#include "api/router.h"
#include "api/token_store.h"
#include "base/clock.h"

namespace wharf::api {

/// Bearer tokens: issued for a client's id and secret, told apart by their hash. Any thread may
/// call it. Store and clock outlive it.
class Tokens {
 public:
  /// Clients forget a token a minute before its end, and one of them uses it for 150 s whatever
  /// it is told, so `life` is three minutes at least.
  static constexpr std::chrono::seconds kLifeMin{180};

  Tokens(TokenStore& store, const base::Clock& clock,
         std::chrono::seconds life = std::chrono::minutes(15));

  /// A new token's text, for who knows a client's secret. An unknown client and a wrong secret
  /// take the same time and are not told apart. Who guesses from an `address` is slowed down: then
  /// it throws Refused.
  std::optional<std::string> issue(std::string_view client_id, std::string_view client_secret,
                                   std::string_view address = {});

  /// Whose token this is, if it is known and has not expired.
  std::optional<Caller> identify(std::string_view token) const;

  std::chrono::seconds life() const { return life_; }
  /// For other logins under the same roof.
  LoginPatience& patience() { return patience_; }

 private:
  TokenStore& store_;
  const base::Clock& clock_;
  const std::chrono::seconds life_;
  LoginPatience patience_;
};

/// What a client sends to get a token: JSON or a form, told apart by the first character, since
/// curl calls both a form.
struct TokenRequest {
  std::string client_id;
  std::string client_secret;
};
/// Throws Refused if one of the two is missing.
TokenRequest read_token_request(std::string_view body);

/// `POST …/applications/token` under the four paths that clients know. `tokens` outlives `router`.
void add_token_routes(Router& router, Tokens& tokens);

}  // namespace wharf::api
