#include "record/json_schema_type.h"

#include <wharf/record/buffer.h>
#include <wharf/record/text_form.h>

#include <array>
#include <optional>
#include <utility>

#include "record/json_scan.h"

namespace wharf::record {
namespace {

/// The members that say a type, each as JSON text; empty where there is none.
struct Hints {
  std::string_view ref, type, format, airbyte_type, union_of;
  bool properties = false;
  bool items = false;
};

std::string_view text_between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

/// The inside of a JSON string; empty if it is none. Escapes are left: no name we look for has any.
std::string_view inside_of(std::string_view json) {
  return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2)
                                                 : std::string_view();
}

Hints hints_of(std::string_view schema) {
  Hints hints;
  const char* end = schema.data() + schema.size();
  json::Members members(schema.data(), end);
  while (members.next()) {
    const char* from = members.value();
    const char* to = json::value_end(from, end);
    members.take(to);
    if (to == nullptr) break;
    std::string_view value = text_between(from, to);
    std::string_view key = members.key();
    if (key == "type") hints.type = value;
    if (key == "$ref") hints.ref = inside_of(value);
    if (key == "format") hints.format = inside_of(value);
    if (key == "airbyte_type") hints.airbyte_type = inside_of(value);
    if (key == "oneOf" || key == "anyOf" || key == "allOf") hints.union_of = value;
    if (key == "properties") hints.properties = true;
    if (key == "items") hints.items = true;
  }
  return hints;
}

/// Calls `each` with every element of a JSON array.
template <class Each>
void for_each_element(std::string_view array, Each each) {
  const char* end = array.data() + array.size();
  const char* at = json::skip_space(array.data() + 1, end);
  while (at != end && *at != ']') {
    const char* to = json::value_end(at, end);
    if (to == nullptr) return;
    each(text_between(at, to));
    at = json::skip_space(to, end);
    if (at != end && *at == ',') at = json::skip_space(at + 1, end);
  }
}

std::optional<Type> well_known(std::string_view ref) {
  constexpr std::string_view kFile = "WellKnownTypes.json#/definitions/";
  auto at = ref.find(kFile);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view name = ref.substr(at + kFile.size());
  constexpr std::array<std::pair<std::string_view, Type>, 10> kTypes = {{
      {"String", Type::string},
      {"BinaryData", Type::string},
      {"Date", Type::date},
      {"TimestampWithTimezone", Type::timestamp_tz},
      {"TimestampWithoutTimezone", Type::timestamp},
      {"TimeWithTimezone", Type::time_tz},
      {"TimeWithoutTimezone", Type::time},
      {"Number", Type::number},
      {"Integer", Type::integer},
      {"Boolean", Type::boolean},
  }};
  for (const auto& [known, type] : kTypes) {
    if (name == known) return type;
  }
  return std::nullopt;
}

Type string_type(const Hints& hints) {
  if (hints.airbyte_type == "big_integer") return Type::integer;
  if (hints.airbyte_type == "json") return Type::any;
  if (hints.format == "date") return Type::date;
  if (hints.format == "date-time") {
    return hints.airbyte_type == "timestamp_without_timezone" ? Type::timestamp
                                                              : Type::timestamp_tz;
  }
  if (hints.format == "time") {
    return hints.airbyte_type == "time_without_timezone" ? Type::time : Type::time_tz;
  }
  return Type::string;
}

/// `name`: one of JSON Schema's types, or `int`. Null says nothing of its own.
std::optional<Type> named_type(std::string_view name, const Hints& hints) {
  if (name == "null") return std::nullopt;
  if (name == "string") return string_type(hints);
  if (name == "boolean") return Type::boolean;
  if (name == "integer" || name == "int") return Type::integer;
  if (name == "number") {
    bool whole = hints.airbyte_type == "integer" || hints.airbyte_type == "big_integer";
    return whole ? Type::integer : Type::number;
  }
  if (name == "object") return Type::object;
  if (name == "array") return Type::array;
  return Type::any;
}

/// A union of several types: the one type if all say the same, else `any`.
class Union {
 public:
  void add(std::optional<Type> type) {
    if (!type) return;
    if (type_ && *type_ != *type) several_ = true;
    type_ = type;
  }
  std::optional<Type> type() const { return several_ ? Type::any : type_; }

 private:
  std::optional<Type> type_;
  bool several_ = false;
};

/// Null: the schema allows null only, and adds nothing to a union.
std::optional<Type> read_type(std::string_view schema) {
  if (schema.empty() || schema.front() != '{') return Type::any;
  Hints hints = hints_of(schema);
  if (!hints.ref.empty()) return well_known(hints.ref).value_or(Type::any);
  if (!hints.type.empty() && hints.type.front() == '[') {
    Union types;
    for_each_element(hints.type, [&](std::string_view element) {
      types.add(named_type(inside_of(element), hints));
    });
    return types.type();
  }
  if (!hints.type.empty()) return named_type(inside_of(hints.type), hints);
  if (!hints.union_of.empty() && hints.union_of.front() == '[') {
    Union members;
    for_each_element(hints.union_of,
                     [&](std::string_view element) { members.add(read_type(element)); });
    return members.type();
  }
  if (hints.properties) return Type::object;
  return hints.items ? Type::array : Type::any;
}

}  // namespace

Type type_of_json_schema(std::string_view schema) {
  return read_type(schema).value_or(Type::any);
}

std::string_view json_schema_of(Type type) {
  switch (type) {
    case Type::boolean:
      return R"({"type":["null","boolean"]})";
    case Type::string:
      return R"({"type":["null","string"]})";
    case Type::integer:
      return R"({"type":["null","integer"]})";
    case Type::number:
      return R"({"type":["null","number"]})";
    case Type::date:
      return R"({"type":["null","string"],"format":"date"})";
    case Type::time_tz:
      return R"({"type":["null","string"],"format":"time","airbyte_type":"time_with_timezone"})";
    case Type::time:
      return R"({"type":["null","string"],"format":"time","airbyte_type":"time_without_timezone"})";
    case Type::timestamp_tz:
      return R"({"type":["null","string"],"format":"date-time",)"
             R"("airbyte_type":"timestamp_with_timezone"})";
    case Type::timestamp:
      return R"({"type":["null","string"],"format":"date-time",)"
             R"("airbyte_type":"timestamp_without_timezone"})";
    case Type::object:
      return R"({"type":["null","object"]})";
    case Type::array:
      return R"({"type":["null","array"]})";
    // Spelled as a union: a schema without a type would be an object to others.
    case Type::any:
      return R"({"type":["null","string","number","boolean","object","array"]})";
  }
  return "{}";
}

std::string Schema::to_json_schema() const {
  Buffer out(64 * (columns_.size() + 2));
  out.append(
      R"({"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{)");
  bool first = true;
  for (std::uint32_t index : declared_) {
    if (!first) out.append(',');
    first = false;
    append_json_string(out, columns_[index].name);
    out.append(':');
    out.append(json_schema_of(columns_[index].type));
  }
  out.append("}}");
  return std::string(out.view());
}

}  // namespace wharf::record
