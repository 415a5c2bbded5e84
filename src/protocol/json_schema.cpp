#include "protocol/json_schema.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "protocol/json_node.h"
#include "protocol/json_scan.h"
#include "protocol/schema_explanation.h"
#include "protocol/schema_keywords.h"

namespace wharf::protocol {
namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// Debian's libstdc++ matches by recursion, a frame and more a byte: a long text would end the
// stack.
constexpr std::size_t kPatternTextMax = 8192;

Json parse(std::string_view text, const std::string& what, ErrorCode code) {
  const JsonScan scan = scan_json(text);
  if (!scan) throw Failure(code, what + " is no JSON: " + describe(scan));
  Json value = Json::parse(text.substr(scan.begin, scan.end - scan.begin), nullptr, false);
  // The reason is not passed on: it would quote the text, secrets included.
  if (value.is_discarded()) {
    throw Failure(code, what + " holds a number that is too large to be checked");
  }
  return value;
}

bool has_long_text(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().size() > kPatternTextMax;
  return value.is_structured() && std::ranges::any_of(value, has_long_text);
}

/// 5.0 is an integer to draft-07, and none to valijson.
void write_integers_as_such(Json& value) {
  if (value.is_structured()) {
    for (Json& each : value) write_integers_as_such(each);
  } else if (value.is_number_float()) {
    constexpr double kExact = 9007199254740992.0;
    const double number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) <= kExact) {
      value = static_cast<std::int64_t>(number);
    }
  }
}

/// `<root>`, `[tunnel]`, `[port]` → `/tunnel/port`
std::string pointer_from(const std::vector<std::string>& context) {
  Json::json_pointer pointer;
  for (std::size_t i = 1; i < context.size(); ++i) {
    pointer /= context[i].substr(1, context[i].size() - 2);
  }
  return pointer.to_string();
}

std::vector<SchemaViolation> violations_from(const valijson::ValidationResults& results) {
  std::vector<SchemaViolation> violations;
  for (const auto& each : results) {
    violations.push_back({pointer_from(each.context), each.description});
  }
  return violations;
}

std::vector<SchemaViolation> check(const Json& value, const Json& schema) {
  valijson::ValidationResults results;
  try {
    valijson::Schema compiled;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(Adapter(schema), compiled);
    if (valijson::Validator().validate(compiled, Adapter(value), &results)) return {};
  } catch (const std::runtime_error& fault) {
    throw Failure(ErrorCode::protocol_violation,
                  std::string("the connector's schema cannot be used: ") + fault.what());
  }
  auto explained = explain(value, schema);
  return explained.empty() ? violations_from(results) : explained;
}

}  // namespace

Result<std::vector<SchemaViolation>> check_against_schema(std::string_view value_text,
                                                          std::string_view schema_text) {
  return as_result([&] {
    Json value = parse(value_text, "the configuration", ErrorCode::invalid_config);
    Json schema = parse(schema_text, "the connector's schema", ErrorCode::protocol_violation);
    write_integers_as_such(value);
    keep_usable_keywords(schema, {.patterns = !has_long_text(value)});
    return check(value, schema);
  });
}

}  // namespace wharf::protocol
