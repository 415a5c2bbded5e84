#include "protocol/schema_explanation.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/nearest.h"
#include "protocol/schema_words.h"

namespace wharf::protocol {
namespace {

using Json = nlohmann::json;

constexpr int kReferencesMax = 200;  // of references that lead to themselves

/// What stands under a keyword; null, which holds nothing, if it is not there.
const Json& part(const Json& schema, const std::string& keyword) {
  static const Json kNothing;
  const auto found = schema.find(keyword);
  return found == schema.end() ? kNothing : *found;
}

/// Where in the value we are, and whether what stands there may be shown.
struct Spot {
  std::string pointer;
  bool secret = false;
  int depth = 0;

  Spot below(std::string_view name, bool is_secret) const {
    Spot spot{pointer + '/', secret || is_secret, depth + 1};
    for (const char c : name) {
      spot.pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return spot;
  }
};

/// The values a property is held to by `const` or `enum`; null if it is free.
Json constants_of(const Json& schema) {
  if (!schema.is_object()) return nullptr;
  if (schema.contains("const")) return Json::array({schema["const"]});
  if (schema.contains("enum")) return schema["enum"];
  return nullptr;
}

/// The names of all properties marked as secret, wherever they stand.
void collect_secret_names(const Json& schema, std::set<std::string>& names) {
  if (!schema.is_structured()) return;
  for (const auto& [name, child] : schema.items()) {
    const bool marked = schema.is_object() && child.is_object() &&
                        child.contains("airbyte_secret") && child["airbyte_secret"] == true;
    if (marked) names.insert(name);
    collect_secret_names(child, names);
  }
}

class Explainer {
 public:
  using Violations = std::vector<SchemaViolation>;

  explicit Explainer(const Json& root) : root_(root) { collect_secret_names(root, secret_names_); }

  Violations explain(const Json& schema, const Json& value, Spot spot) const;

 private:
  const Json* resolve(const Json& schema) const;
  void scalar(const Json& schema, const Json& value, const Spot& spot, Violations& out) const;
  void number(const Json& schema, const Json& value, const Spot& spot, Violations& out) const;
  void text(const Json& schema, const Json& value, const Spot& spot, Violations& out) const;
  void array(const Json& schema, const Json& value, const Spot& spot, Violations& out) const;
  void object(const Json& schema, const Json& value, const Spot& spot, Violations& out) const;
  void property(const Json& schema, const Json& value, const std::string& name, const Spot& spot,
                Violations& out) const;
  void dependencies(const Json& schema, const Json& value, const Spot& spot, Violations& out) const;
  void combined(const Json& schema, const Json& value, const Spot& spot, Violations& out) const;
  void forms(const Json& branches, bool exactly_one, const Json& value, const Spot& spot,
             Violations& out) const;
  bool by_constant(const Json& branches, const Json& value, const Spot& spot,
                   Violations& out) const;
  void by_nearness(const Json& branches, const Json& value, const Spot& spot,
                   Violations& out) const;

  /// ", is 17"; nothing if that may not be shown.
  static std::string found(const Json& value, const Spot& spot) {
    return spot.secret || value.is_structured() ? "" : ", is " + shown(value);
  }
  static void append(Violations& out, Violations more) {
    std::ranges::move(more, std::back_inserter(out));
  }

  const Json& root_;
  std::set<std::string> secret_names_;
};

const Json* Explainer::resolve(const Json& schema) const {
  const Json* at = &schema;
  for (int i = 0; at != nullptr && at->is_object() && at->contains("$ref"); ++i) {
    if (i > kReferencesMax) return nullptr;
    try {
      at = &root_.at(Json::json_pointer((*at)["$ref"].get<std::string>().substr(1)));
    } catch (const Json::exception&) {
      return nullptr;
    }
  }
  return at;
}

Explainer::Violations Explainer::explain(const Json& unresolved, const Json& value,
                                         Spot spot) const {
  Violations out;
  const Json* resolved = resolve(unresolved);
  if (resolved == nullptr || spot.depth > kReferencesMax) return out;
  const Json& schema = *resolved;
  if (schema.is_boolean()) {
    if (!schema.get<bool>()) out.push_back({spot.pointer, "is not allowed"});
    return out;
  }
  spot.secret = spot.secret || part(schema, "airbyte_secret") == true;

  const auto types = types_of(schema);
  const auto fits = [&](const std::string& type) { return has_type(value, type); };
  if (!types.empty() && std::ranges::none_of(types, fits)) {
    std::vector<std::string> words;
    for (const std::string& type : types) words.emplace_back(with_article(type));
    out.push_back(
        {spot.pointer, fmt::format("must be {}, is {}", joined(words, " or "), kind_of(value))});
    return out;
  }
  scalar(schema, value, spot, out);
  if (value.is_number()) number(schema, value, spot, out);
  if (value.is_string()) text(schema, value, spot, out);
  if (value.is_array()) array(schema, value, spot, out);
  if (value.is_object()) object(schema, value, spot, out);
  combined(schema, value, spot, out);
  return out;
}

void Explainer::scalar(const Json& schema, const Json& value, const Spot& spot,
                       Violations& out) const {
  const Json allowed = constants_of(schema);
  if (allowed.is_null() || std::ranges::find(allowed, value) != allowed.end()) return;
  out.push_back({spot.pointer, "must be " + choices(allowed) + found(value, spot)});
}

void Explainer::number(const Json& schema, const Json& value, const Spot& spot,
                       Violations& out) const {
  const auto demand = [&](const char* keyword, std::string_view words, auto holds) {
    const auto limit = schema.find(keyword);
    if (limit == schema.end() || holds(value, *limit)) return;
    out.push_back(
        {spot.pointer, fmt::format("must be {} {}{}", words, limit->dump(), found(value, spot))});
  };
  demand("minimum", "at least", std::greater_equal<>());
  demand("maximum", "at most", std::less_equal<>());
  demand("exclusiveMinimum", "more than", std::greater<>());
  demand("exclusiveMaximum", "less than", std::less<>());
  demand("multipleOf", "a multiple of", [](const Json& number, const Json& step) {
    return std::fmod(number.get<double>(), step.get<double>()) == 0;
  });
}

void Explainer::text(const Json& schema, const Json& value, const Spot& spot,
                     Violations& out) const {
  const auto& string = value.get_ref<const std::string&>();
  const std::size_t length = code_points(string);
  if (const auto least = schema.find("minLength"); least != schema.end() && length < *least) {
    out.push_back({spot.pointer, least->get<std::size_t>() == 1
                                     ? "must not be empty"
                                     : fmt::format("must have at least {} characters, has {}",
                                                   least->dump(), length)});
  }
  if (const auto most = schema.find("maxLength"); most != schema.end() && length > *most) {
    out.push_back({spot.pointer,
                   fmt::format("must have at most {} characters, has {}", most->dump(), length)});
  }
  if (const auto pattern = schema.find("pattern"); pattern != schema.end()) {
    const auto& expression = pattern->get_ref<const std::string&>();
    if (!std::regex_search(string, std::regex(expression, std::regex::ECMAScript))) {
      const auto said = schema.find("pattern_descriptor");
      const bool has_words = said != schema.end() && said->is_string();
      out.push_back({spot.pointer, fmt::format("must look like {}{}",
                                               has_words ? said->get<std::string>() : expression,
                                               found(value, spot))});
    }
  }
}

void Explainer::array(const Json& schema, const Json& value, const Spot& spot,
                      Violations& out) const {
  if (const auto least = schema.find("minItems"); least != schema.end() && value.size() < *least) {
    out.push_back({spot.pointer, fmt::format("must have at least {} items, has {}", least->dump(),
                                             value.size())});
  }
  if (const auto most = schema.find("maxItems"); most != schema.end() && value.size() > *most) {
    out.push_back({spot.pointer,
                   fmt::format("must have at most {} items, has {}", most->dump(), value.size())});
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Spot item = spot.below(std::to_string(i), false);
    const auto items = schema.find("items");
    if (items == schema.end()) break;
    if (!items->is_array()) {
      append(out, explain(*items, value[i], item));
    } else if (i < items->size()) {
      append(out, explain((*items)[i], value[i], item));
    } else if (const auto rest = schema.find("additionalItems"); rest != schema.end()) {
      append(out, explain(*rest, value[i], item));
    }
  }
  if (schema.value("uniqueItems", false)) {
    for (std::size_t i = 1; i < value.size(); ++i) {
      const auto end = value.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(value.begin(), end, value[i]) != end) {
        out.push_back({spot.below(std::to_string(i), false).pointer, "is there twice"});
      }
    }
  }
}

void Explainer::object(const Json& schema, const Json& value, const Spot& spot,
                       Violations& out) const {
  for (const Json& name : part(schema, "required")) {
    if (!value.contains(name.get_ref<const std::string&>())) {
      out.push_back({spot.pointer, fmt::format("'{}' is missing", name.get<std::string>())});
    }
  }
  if (const auto least = schema.find("minProperties");
      least != schema.end() && value.size() < *least) {
    out.push_back({spot.pointer, fmt::format("must have at least {} properties, has {}",
                                             least->dump(), value.size())});
  }
  if (const auto most = schema.find("maxProperties");
      most != schema.end() && value.size() > *most) {
    out.push_back({spot.pointer, fmt::format("must have at most {} properties, has {}",
                                             most->dump(), value.size())});
  }
  for (const auto& [name, member] : value.items()) property(schema, member, name, spot, out);
  dependencies(schema, value, spot, out);
}

void Explainer::property(const Json& schema, const Json& value, const std::string& name,
                         const Spot& spot, Violations& out) const {
  const Spot place = spot.below(name, secret_names_.contains(name));
  const Json& known = part(schema, "properties");
  bool is_known = known.contains(name);
  if (is_known) append(out, explain(known[name], value, place));
  for (const auto& [pattern, each] : part(schema, "patternProperties").items()) {
    if (!std::regex_search(name, std::regex(pattern, std::regex::ECMAScript))) continue;
    is_known = true;
    append(out, explain(each, value, place));
  }
  const auto others = schema.find("additionalProperties");
  if (is_known || others == schema.end()) return;
  if (*others == false) {
    std::vector<std::string_view> names;
    for (const auto& [candidate, each] : known.items()) names.push_back(candidate);
    out.push_back({place.pointer, fmt::format("'{}' is not a known property{}", name,
                                              base::did_you_mean(name, names))});
  } else {
    append(out, explain(*others, value, place));
  }
}

void Explainer::dependencies(const Json& schema, const Json& value, const Spot& spot,
                             Violations& out) const {
  for (const auto& [name, wanted] : part(schema, "dependencies").items()) {
    if (!value.contains(name)) continue;
    if (!wanted.is_array()) {
      append(out, explain(wanted, value, spot));
      continue;
    }
    for (const Json& other : wanted) {
      if (value.contains(other.get_ref<const std::string&>())) continue;
      out.push_back({spot.pointer, fmt::format("'{}' is missing, which '{}' needs",
                                               other.get<std::string>(), name)});
    }
  }
}

void Explainer::combined(const Json& schema, const Json& value, const Spot& spot,
                         Violations& out) const {
  Spot same = spot;
  ++same.depth;
  for (const Json& each : part(schema, "allOf")) {
    append(out, explain(each, value, same));
  }
  if (const auto any = schema.find("anyOf"); any != schema.end()) {
    forms(*any, false, value, same, out);
  }
  if (const auto one = schema.find("oneOf"); one != schema.end()) {
    forms(*one, true, value, same, out);
  }
  if (const auto never = schema.find("not"); never != schema.end()) {
    if (explain(*never, value, same).empty()) {
      out.push_back({spot.pointer, "has a form that is not allowed" + found(value, spot)});
    }
  }
  if (const auto condition = schema.find("if"); condition != schema.end()) {
    const bool holds = explain(*condition, value, same).empty();
    const auto then = schema.find(holds ? "then" : "else");
    if (then != schema.end()) append(out, explain(*then, value, same));
  }
}

void Explainer::forms(const Json& branches, bool exactly_one, const Json& value, const Spot& spot,
                      Violations& out) const {
  const auto fitting = std::ranges::count_if(
      branches, [&](const Json& branch) { return explain(branch, value, spot).empty(); });
  if (fitting > 1 && exactly_one) {
    out.push_back({spot.pointer, "fits several of the allowed forms, must fit one"});
  }
  if (fitting > 0 || by_constant(branches, value, spot, out)) return;
  by_nearness(branches, value, spot, out);
}

/// Finds the form by a property that is constant in each of them (`"method": {"const": "ssh"}`).
bool Explainer::by_constant(const Json& branches, const Json& value, const Spot& spot,
                            Violations& out) const {
  const Json* first = resolve(branches.front());
  if (!value.is_object() || first == nullptr || !first->is_object()) return false;
  for (const auto& [name, unused] : part(*first, "properties").items()) {
    Json allowed = Json::array();
    const Json* meant = nullptr;
    const bool in_all = std::ranges::all_of(branches, [&](const Json& branch) {
      const Json* form = resolve(branch);
      if (form == nullptr || !form->is_object()) return false;
      const Json& properties = part(*form, "properties");
      const Json constants = constants_of(part(properties, name));
      for (const Json& constant : constants) {
        allowed.push_back(constant);
        if (value.contains(name) && value[name] == constant) meant = form;
      }
      return !constants.is_null();
    });
    if (!in_all) continue;
    if (meant != nullptr) {
      append(out, explain(*meant, value, spot));
    } else if (!value.contains(name)) {
      out.push_back(
          {spot.pointer, fmt::format("'{}' is missing, must be {}", name, choices(allowed))});
    } else {
      const Spot place = spot.below(name, secret_names_.contains(name));
      out.push_back({place.pointer, "must be " + choices(allowed) + found(value[name], place)});
    }
    return true;
  }
  return false;
}

/// Explains the form that the fewest things are wrong with, of those for a value of this type.
void Explainer::by_nearness(const Json& branches, const Json& value, const Spot& spot,
                            Violations& out) const {
  std::optional<Violations> nearest;
  std::set<std::string> wanted;
  for (const Json& branch : branches) {
    const Json* form = resolve(branch);
    if (form == nullptr) continue;
    const auto types = types_of(*form);
    for (const std::string& type : types) wanted.insert(std::string(with_article(type)));
    const auto fits = [&](const std::string& type) { return has_type(value, type); };
    if (!types.empty() && std::ranges::none_of(types, fits)) continue;
    Violations violations = explain(*form, value, spot);
    if (!nearest || violations.size() < nearest->size()) nearest = std::move(violations);
  }
  if (nearest) {
    append(out, std::move(*nearest));
    return;
  }
  const std::vector<std::string> words(wanted.begin(), wanted.end());
  out.push_back(
      {spot.pointer, fmt::format("must be {}, is {}", joined(words, " or "), kind_of(value))});
}

}  // namespace

std::vector<SchemaViolation> explain(const Json& value, const Json& schema) {
  auto violations = Explainer(schema).explain(schema, value, {});
  // What several parts of a schema ask for is said once.
  std::vector<SchemaViolation> once;
  for (SchemaViolation& violation : violations) {
    if (std::ranges::find(once, violation) == once.end()) once.push_back(std::move(violation));
  }
  return once;
}

}  // namespace wharf::protocol
