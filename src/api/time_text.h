#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace wharf::api {

/// A time as clients write it: `…Z`, `…+00:00`, or without an offset, which is UTC. None if it is
/// no time.
std::optional<base::WallTime> time_from(std::string_view text);

}  // namespace wharf::api
