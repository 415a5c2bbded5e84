#pragma once

#include "api/connectors.h"
#include "daemon/core.h"
#include "daemon/inquiry.h"

namespace wharf::daemon {

/// Puts the API's questions to the desk of `core`, which outlives them. Who asks waits half a
/// minute for spec and check, and a minute for discover, at most, and not beyond the desk's end.
api::Connectors connectors_of(Core& core, BuiltinSpec builtin_spec);

}  // namespace wharf::daemon
