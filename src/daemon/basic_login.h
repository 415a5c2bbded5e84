#pragma once

#include "api/guard.h"
#include "daemon/settings.h"

#include <wharf/error.h>

#include <optional>

namespace wharf::daemon {

/// The user that the settings name, `basic.user`, with the password in `basic.password_file`; none
/// if they name nobody. Fails with environment, naming the file: one that cannot be read, holds
/// nothing, or lets everybody read it.
Result<std::optional<api::BasicLogin>> basic_login(const Settings& settings);

}  // namespace wharf::daemon
