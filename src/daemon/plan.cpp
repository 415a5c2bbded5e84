#include "daemon/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace wharf::daemon {
namespace {

using PlannedJson = nlohmann::ordered_json;

// By kind and id.
const PlannedJson* find_change(const PlannedJson& changes, const PlannedJson& wanted) {
  for (const auto& change : changes) {
    if (change.value("kind", "") == wanted.value("kind", "") &&
        change.value("id", "") == wanted.value("id", ""))
      return &change;
  }
  return nullptr;
}

void note_other_changes(const PlannedJson& these, const PlannedJson& those,
                        std::vector<std::string>& objections) {
  for (const auto& change : these) {
    const auto* other = find_change(those, change);
    if (other != nullptr && *other == change) continue;
    auto said = fmt::format("what would be done with {} '{}' is not what was shown",
                            change.value("kind", ""), change.value("name", ""));
    if (std::find(objections.begin(), objections.end(), said) == objections.end())
      objections.push_back(std::move(said));
  }
}

std::vector<std::string> objections_to(const PlannedJson& plan, const Findings& now) {
  std::vector<std::string> objections;
  const auto& basis = plan["basis"];
  for (const auto& [key, fingerprint] : now.basis.items()) {
    if (basis.contains(key) && basis[key] == fingerprint) continue;
    const auto name = now.names.find(key);
    objections.push_back((name != now.names.end() ? name->second : key) + " was changed since");
  }
  for (const auto& [key, fingerprint] : basis.items()) {
    if (!now.basis.contains(key)) objections.push_back(key + " is not what it was");
  }
  if (!objections.empty() || plan["changes"] == now.changes) return objections;
  note_other_changes(now.changes, plan["changes"], objections);
  note_other_changes(plan["changes"], now.changes, objections);
  if (objections.empty()) objections.emplace_back("the changes are in another order");
  return objections;
}

}  // namespace

Result<void> hold_to_plan(const std::string& text, const Findings& now) {
  const auto plan = PlannedJson::parse(text, nullptr, false);
  const bool is_plan = plan.is_object() && plan.contains("basis") && plan["basis"].is_object() &&
                       plan.contains("changes") && plan["changes"].is_array();
  if (!is_plan) return Error{ErrorCode::invalid_argument, "this is no plan"};
  const auto objections = objections_to(plan, now);
  if (objections.empty()) return {};
  return Error{ErrorCode::conflict,
               fmt::format("the plan no longer holds: {}. Make a new one with `wharf diff --out`.",
                           fmt::join(objections, "; "))};
}

}  // namespace wharf::daemon
