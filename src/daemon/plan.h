#pragma once
// Whether what was shown is still what would be done. Pure.

#include <wharf/error.h>

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace wharf::daemon {

/// What an undertaking comes to, in the members of its answer: fingerprints of what it touches, as
/// that stood before, by `kind/id`; and the changes.
struct Findings {
  const nlohmann::ordered_json& basis;
  const nlohmann::ordered_json& changes;
  const std::map<std::string, std::string>& names;  ///< of the basis's keys, for messages
};

/// Fails with conflict, naming everything that has changed since the plan was made; with
/// invalid_argument if it is no plan.
Result<void> hold_to_plan(const std::string& plan, const Findings& now);

}  // namespace wharf::daemon
