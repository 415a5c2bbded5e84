#pragma once

#include "metrics/exposition.h"

namespace wharf::metrics {

/// What Prometheus' own libraries say of a process, under the same names: processor time, memory,
/// descriptors, start.
void add_process(Exposition& exposition);

}  // namespace wharf::metrics
