#include "connection/secret_fields.h"

#include "base/text.h"
#include "secret/vault.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

namespace wharf::connection {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kReference = "_secret";
constexpr int kSchemaDepthMax = 64;  // schemas may refer to themselves

bool is_reference(const Json& value) {
  const auto at = value.is_object() ? value.find(kReference) : value.end();
  return at != value.end() && at->is_string();
}

Json parsed(const protocol::JsonText& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json::object() : json;
}

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string child_pointer(const std::string& pointer, std::string name) {
  for (std::size_t at = 0; (at = name.find_first_of("~/", at)) != std::string::npos; at += 2)
    name.replace(at, 1, name[at] == '~' ? "~0" : "~1");
  return pointer + "/" + name;
}

using Visit = std::function<void(Json& value, const Json* former, const std::string& pointer)>;

// Walks a configuration along its schema, the former one beside it, to every value that a branch
// marks as secret. One value may be visited more than once.
class SecretWalk {
 public:
  SecretWalk(const Json& schema, Visit visit) : root_(schema), visit_(std::move(visit)) {}

  void over(Json& value, const Json* former) { walk(value, former, root_, "", 0); }

 private:
  void walk(Json& value, const Json* former, const Json& schema, const std::string& pointer,
            int depth) {
    if (!schema.is_object() || depth > kSchemaDepthMax) return;
    if (const auto mark = schema.find("airbyte_secret");
        mark != schema.end() && mark->is_boolean() && mark->get<bool>()) {
      visit_(value, former, pointer);
      return;
    }
    if (const Json* target = referred(schema)) walk(value, former, *target, pointer, depth + 1);
    for (const char* key : {"allOf", "anyOf", "oneOf"}) {
      const auto branches = schema.find(key);
      if (branches == schema.end() || !branches->is_array()) continue;
      const Json* kept = is_other_variant(value, former, *branches) ? nullptr : former;
      for (const auto& branch : *branches) walk(value, kept, branch, pointer, depth + 1);
    }
    for (const char* key : {"then", "else"}) {
      const auto branch = schema.find(key);
      if (branch != schema.end()) walk(value, former, *branch, pointer, depth + 1);
    }
    if (is_reference(value)) return;
    if (value.is_object()) walk_members(value, former, schema, pointer, depth);
    if (value.is_array()) walk_items(value, former, schema, pointer, depth);
  }

  void walk_members(Json& value, const Json* former, const Json& schema, const std::string& pointer,
                    int depth) {
    const auto properties = schema.find("properties");
    const bool named = properties != schema.end() && properties->is_object();
    for (auto& [name, member] : value.items()) {
      const bool has = former != nullptr && former->is_object() && former->contains(name);
      const Json* before = has ? &(*former)[name] : nullptr;
      const std::string at = child_pointer(pointer, name);
      if (named && properties->contains(name)) {
        walk(member, before, (*properties)[name], at, depth + 1);
        continue;
      }
      if (const auto others = schema.find("additionalProperties"); others != schema.end())
        walk(member, before, *others, at, depth + 1);
      const auto patterns = schema.find("patternProperties");
      if (patterns == schema.end() || !patterns->is_object()) continue;
      for (const auto& [pattern, each] : patterns->items())
        walk(member, before, each, at, depth + 1);
    }
  }

  void walk_items(Json& value, const Json* former, const Json& schema, const std::string& pointer,
                  int depth) {
    const auto items = schema.find("items");
    if (items == schema.end()) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const bool has = former != nullptr && former->is_array() && i < former->size();
      const Json* each = items->is_array() ? (i < items->size() ? &(*items)[i] : nullptr) : &*items;
      if (each == nullptr) break;
      walk(value[i], has ? &(*former)[i] : nullptr, *each,
           child_pointer(pointer, std::to_string(i)), depth + 1);
    }
  }

  const Json* referred(const Json& schema) const {
    const auto at = schema.find("$ref");
    if (at == schema.end() || !at->is_string()) return nullptr;
    const auto& text = at->get_ref<const std::string&>();
    if (!text.starts_with("#")) return nullptr;
    try {
      return &root_.at(Json::json_pointer(text.substr(1)));
    } catch (const Json::exception&) {
      return nullptr;  // leads nowhere: it says nothing
    }
  }

  // Variants are told apart by a member that has one value in each.
  static bool is_other_variant(const Json& value, const Json* former, const Json& branches) {
    if (former == nullptr || !former->is_object() || !value.is_object()) return false;
    for (const auto& branch : branches) {
      const auto properties = branch.is_object() ? branch.find("properties") : branch.end();
      if (properties == branch.end() || !properties->is_object()) continue;
      for (const auto& [name, property] : properties->items()) {
        if (!property.is_object()) continue;
        const auto choices = property.find("enum");
        const bool one = choices != property.end() && choices->is_array() && choices->size() == 1;
        if (!one && !property.contains("const")) continue;
        const Json before = former->contains(name) ? (*former)[name] : Json();
        const Json after = value.contains(name) ? value[name] : Json();
        if (before != after) return true;
      }
    }
    return false;
  }

  const Json& root_;
  const Visit visit_;
};

void each_reference(Json& node, const std::string& pointer,
                    const std::function<void(Json&, const std::string&)>& visit) {
  if (is_reference(node)) {
    visit(node, pointer);
  } else if (node.is_object()) {
    for (auto& [name, child] : node.items())
      each_reference(child, child_pointer(pointer, name), visit);
  } else if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i)
      each_reference(node[i], child_pointer(pointer, std::to_string(i)), visit);
  }
}

bool names_the_host(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.find("${env:") != std::string::npos || text.find("${file:") != std::string::npos;
}

// `${env:NAME}` and nothing else.
bool is_host_reference(const Json& value) {
  if (!names_the_host(value)) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.starts_with("${") && text.find('}') == text.size() - 1;
}

bool is_nothing(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty());
}

bool is_mask(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>() == base::kMask;
}

void mask_texts(Json& node, bool host_references) {
  if (node.is_structured() && !is_reference(node)) {
    for (auto& child : node) mask_texts(child, host_references);
  } else if (node.is_string() && !is_nothing(node) &&
             !(host_references && is_host_reference(node))) {
    node = base::kMask;
  }
}

void lay_over(Json& base, const Json& patch) {
  if (!base.is_object() || !patch.is_object() || is_reference(base) || is_reference(patch)) {
    base = patch;
    return;
  }
  for (const auto& [name, value] : patch.items()) lay_over(base[name], value);
}

}  // namespace

std::vector<std::string> coordinates_in(const protocol::JsonText& config) {
  std::vector<std::string> found;
  Json document = parsed(config);
  each_reference(document, "", [&](Json& reference, const std::string&) {
    found.push_back(reference[kReference].get<std::string>());
  });
  return found;
}

protocol::JsonText reference_to(std::string_view coordinate) {
  return dumped(Json{{kReference, coordinate}});
}

Result<protocol::JsonText> with_kept_secrets(const protocol::JsonText& given,
                                             const protocol::JsonText& former,
                                             const protocol::JsonText& schema) {
  Json document = parsed(given);
  const Json before = parsed(former);
  const Json described = parsed(schema);
  std::set<std::string> secret_places;
  std::set<std::string> open_masks;
  SecretWalk(described, [&](Json& value, const Json* known, const std::string& pointer) {
    secret_places.insert(pointer);
    if (!is_mask(value)) return;
    const bool has = known != nullptr && !is_nothing(*known);
    if (has) value = *known;
    if (has)
      open_masks.erase(pointer);
    else
      open_masks.insert(pointer);
  }).over(document, &before);
  if (!open_masks.empty()) {
    return Error{ErrorCode::invalid_config,
                 fmt::format("{} is masked, and nothing is stored that it could stand for",
                             *open_masks.begin())};
  }
  const auto known = coordinates_in(former);
  std::string foreign;
  each_reference(document, "", [&](Json& reference, const std::string& pointer) {
    const auto coordinate = reference[kReference].get<std::string>();
    const Json::json_pointer place(pointer);
    const bool stands = before.contains(place) && before.at(place) == reference;
    const bool ours = std::find(known.begin(), known.end(), coordinate) != known.end();
    if (!ours || (!stands && secret_places.count(pointer) == 0)) foreign = pointer;
  });
  if (!foreign.empty()) {
    return Error{ErrorCode::invalid_config,
                 fmt::format("{} is a reference to a secret that is not stored there; give the "
                             "secret itself",
                             foreign)};
  }
  return dumped(document);
}

protocol::JsonText laid_over(const protocol::JsonText& base, const protocol::JsonText& patch) {
  Json document = parsed(base);
  lay_over(document, parsed(patch));
  return dumped(document);
}

SplitConfiguration split_secrets(const protocol::JsonText& config, const protocol::JsonText& schema,
                                 std::string_view owner, bool host_references) {
  SplitConfiguration split;
  Json document = parsed(config);
  const Json described = parsed(schema);
  SecretWalk(described, [&](Json& value, const Json*, const std::string& pointer) {
    if (is_nothing(value) || is_reference(value)) return;
    if (host_references && names_the_host(value)) return;
    auto coordinate = secret::Vault::new_coordinate(owner);
    split.secrets.push_back({pointer, coordinate, dumped(value)});
    value = Json{{kReference, coordinate}};
  }).over(document, nullptr);
  split.stored = dumped(document);
  return split;
}

protocol::JsonText masked(const protocol::JsonText& config,
                          const std::optional<protocol::JsonText>& schema, Shown shown) {
  Json document = parsed(config);
  if (schema) {
    const Json described = parsed(*schema);
    SecretWalk(described, [&](Json& value, const Json*, const std::string&) {
      const bool seen = is_nothing(value) || is_reference(value) ||
                        (shown.host_references && is_host_reference(value));
      if (!seen) value = base::kMask;
    }).over(document, nullptr);
  } else {
    mask_texts(document, shown.host_references);
  }
  if (!shown.coordinates) {
    each_reference(document, "",
                   [](Json& reference, const std::string&) { reference = base::kMask; });
  }
  return dumped(document);
}

}  // namespace wharf::connection
