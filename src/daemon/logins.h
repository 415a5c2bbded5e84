#pragma once

#include "api/guard.h"
#include "api/token_store.h"
#include "daemon/settings.h"

#include <wharf/error.h>

#include <optional>
#include <vector>

namespace wharf::daemon {

/// Whom the settings let in beside the clients that ask for tokens. The secrets of both lie in
/// files of their own.
struct Logins {
  std::optional<api::BasicLogin> basic;  ///< `basic.user`
  std::vector<api::Token> tokens;        ///< `tokens.NAME`; they never expire
};

/// Fails with environment, naming the file: one that cannot be read, holds nothing, is too short to
/// be a token, or lets everybody read it.
Result<Logins> read_logins(const Settings& settings);

}  // namespace wharf::daemon
