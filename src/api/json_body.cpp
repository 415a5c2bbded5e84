#include "api/json_body.h"

#include <nlohmann/json.hpp>
#include <string>

#include "api/problem.h"
#include "base/text.h"

namespace wharf::api {

nlohmann::json parse_json(std::string_view text) {
  if (base::trim(text).empty()) return nlohmann::json::object();
  auto within_depth = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kJsonDepthMax) throw Refused(unreadable_body("The JSON is nested too deeply."));
    return true;
  };
  try {
    auto json = nlohmann::json::parse(text, within_depth);
    if (!json.is_object()) throw Refused(unreadable_body("The body must be a JSON object."));
    return json;
  } catch (const nlohmann::json::parse_error& error) {
    throw Refused(unreadable_body("The body is no JSON: it breaks off or goes wrong at byte " +
                                  std::to_string(error.byte) + "."));
  }
}

nlohmann::json json_body(const Request& request) {
  return parse_json(request.body);
}

}  // namespace wharf::api
