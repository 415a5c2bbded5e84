#include "protocol/schema_keywords.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <string_view>

namespace wharf::protocol {
namespace {

using Json = nlohmann::json;

bool is_schema(const Json& value) {
  return value.is_object() || value.is_boolean();
}
bool is_schema_map(const Json& value) {
  return value.is_object() && std::ranges::all_of(value, is_schema);
}
bool is_schema_list(const Json& value) {
  return value.is_array() && !value.empty() && std::ranges::all_of(value, is_schema);
}
bool is_schema_or_list(const Json& value) {
  return is_schema(value) || is_schema_list(value);
}
bool is_name_list(const Json& value) {
  return value.is_array() &&
         std::ranges::all_of(value, [](const Json& name) { return name.is_string(); });
}
bool is_count(const Json& value) {
  return value.is_number_unsigned();
}
bool is_number(const Json& value) {
  return value.is_number();
}
bool is_positive(const Json& value) {
  return value.is_number() && value.get<double>() > 0;
}
bool is_flag(const Json& value) {
  return value.is_boolean();
}
bool is_any(const Json&) {
  return true;
}
bool is_never(const Json&) {
  return false;
}
bool is_choice(const Json& value) {
  return value.is_array() && !value.empty();
}
bool is_own_reference(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with('#');
}

bool is_pattern(const Json& value) {
  if (!value.is_string()) return false;
  try {
    const std::regex compiled(value.get_ref<const std::string&>(), std::regex::ECMAScript);
    return true;
  } catch (const std::regex_error&) {
    return false;  // written for another engine
  }
}

bool is_pattern_map(const Json& value) {
  return is_schema_map(value) && std::ranges::all_of(value.items(), [](const auto& entry) {
           return is_pattern(entry.key());
         });
}

bool is_dependencies(const Json& value) {
  return value.is_object() && std::ranges::all_of(value, [](const Json& dependency) {
           return is_schema(dependency) || is_name_list(dependency);
         });
}

bool is_type_name(const Json& value) {
  constexpr std::array<std::string_view, 7> kNames{"string",  "number", "integer", "object",
                                                   "boolean", "array",  "null"};
  return value.is_string() &&
         std::ranges::find(kNames, value.get_ref<const std::string&>()) != kNames.end();
}

bool is_type(const Json& value) {
  return is_type_name(value) ||
         (value.is_array() && !value.empty() && std::ranges::all_of(value, is_type_name));
}

struct Keyword {
  std::string_view name;
  bool (*is_well_formed)(const Json& value);
};

constexpr std::array kKeywords{
    Keyword{"type", is_type},
    Keyword{"enum", is_choice},
    Keyword{"const", is_any},
    Keyword{"multipleOf", is_positive},
    Keyword{"maximum", is_number},
    Keyword{"exclusiveMaximum", is_number},
    Keyword{"minimum", is_number},
    Keyword{"exclusiveMinimum", is_number},
    Keyword{"maxLength", is_count},
    Keyword{"minLength", is_count},
    Keyword{"pattern", is_pattern},
    Keyword{"items", is_schema_or_list},
    Keyword{"additionalItems", is_schema},
    Keyword{"maxItems", is_count},
    Keyword{"minItems", is_count},
    Keyword{"uniqueItems", is_flag},
    Keyword{"contains", is_schema},
    Keyword{"maxProperties", is_count},
    Keyword{"minProperties", is_count},
    Keyword{"required", is_name_list},
    Keyword{"properties", is_schema_map},
    Keyword{"patternProperties", is_pattern_map},
    Keyword{"additionalProperties", is_schema},
    Keyword{"dependencies", is_dependencies},
    Keyword{"propertyNames", is_schema},
    Keyword{"if", is_schema},
    Keyword{"then", is_schema},
    Keyword{"else", is_schema},
    Keyword{"allOf", is_schema_list},
    Keyword{"anyOf", is_schema_list},
    Keyword{"oneOf", is_schema_list},
    Keyword{"not", is_schema},
    Keyword{"definitions", is_schema_map},
    Keyword{"$ref", is_own_reference},
    // Resolving names is not wanted, and formats are hints to whoever fills a form.
    Keyword{"format", is_never},
    Keyword{"$schema", is_never},
    Keyword{"$id", is_never},
    Keyword{"id", is_never},
    Keyword{"divisibleBy", is_never},
    Keyword{"disallow", is_never},
    Keyword{"extends", is_never},
};

constexpr std::array<std::string_view, 4> kSchemaMaps{"properties", "patternProperties",
                                                      "definitions", "dependencies"};
constexpr std::array<std::string_view, 12> kSchemas{"items",         "additionalItems",
                                                    "contains",      "additionalProperties",
                                                    "propertyNames", "if",
                                                    "then",          "else",
                                                    "not",           "allOf",
                                                    "anyOf",         "oneOf"};

}  // namespace

void keep_usable_keywords(Json& schema, const SchemaLimits& limits) {
  if (schema.is_array()) {
    for (Json& each : schema) keep_usable_keywords(each, limits);
    return;
  }
  if (!schema.is_object()) return;
  for (const Keyword& keyword : kKeywords) {
    const auto found = schema.find(keyword.name);
    if (found != schema.end() && !keyword.is_well_formed(*found)) schema.erase(found);
  }
  if (!limits.patterns) {
    schema.erase("pattern");
    schema.erase("patternProperties");
  }
  for (const std::string_view name : kSchemas) {
    if (const auto found = schema.find(name); found != schema.end()) {
      keep_usable_keywords(*found, limits);
    }
  }
  for (const std::string_view name : kSchemaMaps) {
    if (const auto found = schema.find(name); found != schema.end()) {
      for (Json& each : *found) keep_usable_keywords(each, limits);
    }
  }
}

}  // namespace wharf::protocol
