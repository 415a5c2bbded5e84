#include "connectors/source_file/input_schema.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace wharf::connectors::source_file {
namespace {

using nlohmann::json;
using record::Type;

constexpr std::array<std::pair<std::string_view, Type>, 15> kTypes = {{
    {"string", Type::string},
    {"integer", Type::integer},
    {"number", Type::number},
    {"boolean", Type::boolean},
    {"date", Type::date},
    {"timestamp_with_timezone", Type::timestamp_tz},
    {"timestamp_tz", Type::timestamp_tz},
    {"timestamp_without_timezone", Type::timestamp},
    {"timestamp", Type::timestamp},
    {"time_with_timezone", Type::time_tz},
    {"time_without_timezone", Type::time},
    {"time", Type::time},
    {"object", Type::object},
    {"array", Type::array},
    {"any", Type::any},
}};

Error wrong(std::string message) {
  return {ErrorCode::invalid_config, std::move(message), {}};
}

Result<Type> type_from(const std::string& column, const std::string& name) {
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  std::string names;
  for (const auto& [known, type] : kTypes) names.append(names.empty() ? "" : ", ").append(known);
  return wrong(fmt::format("for column '{}', which has '{}': {}", column, name, names));
}

bool is_json_schema(const json& schema) {
  const auto properties = schema.find("properties");
  return properties != schema.end() && properties->is_object();
}

}  // namespace

Result<std::vector<record::Column>> parse_input_schema(const json& schema) {
  if (schema.is_string()) {
    const json inner = json::parse(schema.get<std::string>(), nullptr, false);
    if (!inner.is_object()) return wrong("a JSON object of column → type, or a JSON Schema");
    return parse_input_schema(inner);
  }
  if (!schema.is_object()) return wrong("an object of column → type, or a JSON Schema");
  json properties = is_json_schema(schema) ? schema["properties"] : json::object();
  std::vector<record::Column> columns;
  if (!is_json_schema(schema)) {
    for (const auto& [column, type] : schema.items()) {
      if (type.is_string()) {
        auto known = type_from(column, type.get<std::string>());
        if (!known) return known.error();
        columns.push_back({column, *known});
      } else if (type.is_object()) {
        properties[column] = type;
      } else {
        return wrong(fmt::format("for column '{}': a type's name or its JSON Schema", column));
      }
    }
  }
  if (!properties.empty()) {
    auto parsed = record::Schema::from_json_schema(
        json{{"type", "object"}, {"properties", std::move(properties)}}.dump());
    if (!parsed) return parsed.error();
    for (const std::uint32_t index : parsed->declared()) columns.push_back((*parsed)[index]);
  }
  return columns;
}

}  // namespace wharf::connectors::source_file
