#pragma once

#include "declaration/section.h"
#include "schedule/schedule.h"

namespace wharf::declaration {

/// A connection's `schedule:`; manual where it has none. What is wrong with it becomes a problem
/// with its line.
schedule::Schedule schedule_in(Section& connection);

}  // namespace wharf::declaration
