#include <wharf/record/schema.h>

#include <algorithm>
#include <numeric>

#include "record/json_scan.h"
#include "record/json_schema_type.h"

namespace wharf::record {
namespace {

std::string unescaped(std::string_view inside) {
  std::string text(inside.size(), '\0');
  text.resize(static_cast<std::size_t>(json::unescape(inside, text.data()) - text.data()));
  return text;
}

/// Adds the members of `properties` (at its `{`), in their order; of a name that stands twice the
/// last counts. Returns the end of it.
const char* read_properties(const char* at, const char* end, std::vector<Column>& columns) {
  json::Members members(at, end);
  while (members.next()) {
    std::string name = unescaped(members.key());
    const char* from = members.value();
    const char* to = json::value_end(from, end);
    members.take(to);
    if (to == nullptr) break;
    Type type = type_of_json_schema({from, static_cast<std::size_t>(to - from)});
    auto same = std::find_if(columns.begin(), columns.end(),
                             [&](const Column& column) { return column.name == name; });
    if (same != columns.end()) {
      same->type = type;
    } else {
      columns.push_back({std::move(name), type});
    }
  }
  return members.object_end();
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::boolean:
      return "boolean";
    case Type::string:
      return "string";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::date:
      return "date";
    case Type::time_tz:
      return "time_with_timezone";
    case Type::time:
      return "time_without_timezone";
    case Type::timestamp_tz:
      return "timestamp_with_timezone";
    case Type::timestamp:
      return "timestamp_without_timezone";
    case Type::object:
      return "object";
    case Type::array:
      return "array";
    case Type::any:
      return "any";
  }
  return "any";
}

Schema::Schema(std::vector<Column> declared) : declared_(declared.size()) {
  std::vector<std::uint32_t> order(declared.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return declared[a].name < declared[b].name;
  });
  columns_.reserve(declared.size());
  for (std::uint32_t index : order) {
    declared_[index] = static_cast<std::uint32_t>(columns_.size());
    columns_.push_back(std::move(declared[index]));
  }
}

Result<Schema> Schema::from_json_schema(std::string_view json_schema) {
  const char* end = json_schema.data() + json_schema.size();
  const char* at = json::skip_space(json_schema.data(), end);
  auto not_an_object = [] {
    return Error{ErrorCode::invalid_argument, "the stream's json_schema is not a JSON object"};
  };
  if (at == end || *at != '{') return not_an_object();
  std::vector<Column> columns;
  json::Members members(at, end);
  while (members.next()) {
    bool properties = members.key() == "properties" && *members.value() == '{';
    members.take(properties ? read_properties(members.value(), end, columns)
                            : json::value_end(members.value(), end));
  }
  at = members.object_end();
  if (at == nullptr || json::skip_space(at, end) != end) return not_an_object();
  return Schema(std::move(columns));
}

std::optional<std::size_t> Schema::find(std::string_view name) const {
  auto found = std::lower_bound(
      columns_.begin(), columns_.end(), name,
      [](const Column& column, std::string_view wanted) { return column.name < wanted; });
  if (found == columns_.end() || found->name != name) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

}  // namespace wharf::record
