#pragma once

#include "api/connectors.h"
#include "daemon/core.h"
#include "daemon/inquiry.h"

namespace wharf::daemon {

/// Puts the API's questions to connectors on the engine of `core`, which outlives it. A connector
/// that does not answer in time is ended: who waits, waits half a minute for spec and check, and a
/// minute for discover, at most.
api::Connectors connectors_of(Core& core, BuiltinSpec builtin_spec);

}  // namespace wharf::daemon
