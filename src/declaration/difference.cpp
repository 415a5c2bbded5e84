#include "declaration/difference.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace wharf::declaration {
namespace {

using ItemJson = nlohmann::ordered_json;
using Leaves = std::vector<std::pair<std::string, const ItemJson*>>;

bool is_secret_leaf(const ItemJson& node) {
  return node.is_object() && node.size() == 1 && node.contains("_secret");
}

// Streams are known by their names, not by their places.
std::string name_of_stream(const ItemJson& stream) {
  const std::string space = stream.value("namespace", "");
  return (space.empty() ? "" : space + ".") + stream.value("name", "");
}

void collect_leaves(const ItemJson& node, const std::string& field, Leaves& leaves) {
  if (node.is_object() && !node.empty() && !is_secret_leaf(node)) {
    for (const auto& [key, value] : node.items()) {
      collect_leaves(value, field.empty() ? key : field + "." + key, leaves);
    }
  } else if (field == "streams" && node.is_array()) {
    for (const auto& stream : node) {
      collect_leaves(stream, "streams[" + name_of_stream(stream) + "]", leaves);
    }
  } else if (!field.empty()) {
    leaves.emplace_back(field, &node);
  }
}

const ItemJson* find_leaf(const Leaves& leaves, const std::string& field) {
  const auto at = std::find_if(leaves.begin(), leaves.end(),
                               [&](const auto& leaf) { return leaf.first == field; });
  return at == leaves.end() ? nullptr : at->second;
}

std::optional<std::string> shown_leaf(const ItemJson* leaf) {
  if (leaf == nullptr) return std::nullopt;
  if (is_secret_leaf(*leaf)) return "\"***\"";
  return leaf->dump(-1, ' ', false, ItemJson::error_handler_t::replace);
}

FieldChange change_of(const std::string& field, const ItemJson* before, const ItemJson* after) {
  const bool secret = (before != nullptr && is_secret_leaf(*before)) ||
                      (after != nullptr && is_secret_leaf(*after));
  return {field, shown_leaf(before), shown_leaf(after), secret};
}

}  // namespace

std::vector<FieldChange> difference(const ItemJson& before, const ItemJson& after) {
  Leaves former;
  Leaves later;
  collect_leaves(before, "", former);
  collect_leaves(after, "", later);
  std::vector<FieldChange> changes;
  for (const auto& [field, leaf] : later) {
    const auto* was = find_leaf(former, field);
    if (was == nullptr || *was != *leaf) changes.push_back(change_of(field, was, leaf));
  }
  for (const auto& [field, leaf] : former) {
    if (find_leaf(later, field) == nullptr) changes.push_back(change_of(field, leaf, nullptr));
  }
  return changes;
}

}  // namespace wharf::declaration
