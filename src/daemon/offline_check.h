#pragma once

#include "daemon/inquiry.h"
#include "declaration/declaration.h"

#include <vector>

namespace wharf::daemon {

/// What can be found wrong with a declaration without asking anybody: configurations of built-ins
/// that do not fit their specs (values that are references are believed), connectors that this
/// Wharf cannot run, sync modes that a built-in destination has not.
std::vector<declaration::Problem> offline_problems(const declaration::Declaration& declaration,
                                                   const BuiltinSpec& builtin_spec);

}  // namespace wharf::daemon
