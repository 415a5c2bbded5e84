#include "api/health.h"

#include "api/problem.h"
#include "metrics/exposition.h"

#include <nlohmann/json.hpp>

namespace wharf::api {

namespace {

Response readiness(const std::vector<Check>& checks) {
  nlohmann::ordered_json said{{"ready", true}, {"checks", nlohmann::ordered_json::object()}};
  for (const auto& check : checks) {
    said["checks"][check.name] = check.well ? "ok" : check.otherwise;
    if (!check.well && check.vital) said["ready"] = false;
  }
  return json_response(said.dump(), said["ready"] ? 200 : 503);
}

}  // namespace

void add_health_routes(Router& router, std::function<bool()> available,
                       std::function<std::vector<Check>()> checks) {
  router.add(Base::public_api, Method::get, "/health", Access::open, [available](const Request&) {
    if (!available()) throw Refused(service_unavailable("The store does not answer."));
    return text_response("Successful operation");
  });
  router.add(Base::config_api, Method::get, "/health", Access::open, [available](const Request&) {
    const bool is = available();
    return json_response(is ? R"({"available":true})" : R"({"available":false})", is ? 200 : 503);
  });
  router.add(Base::root, Method::get, "/healthz", Access::open,
             [](const Request&) { return text_response("ok"); });
  router.add(Base::root, Method::get, "/readyz", Access::open,
             [checks](const Request&) { return readiness(checks()); });
}

void add_metrics_route(Router& router, Access access, std::function<std::string()> text) {
  router.add(Base::root, Method::get, "/metrics", access, [text](const Request&) {
    Response response = text_response(text());
    response.content_type = metrics::Exposition::kContentType;
    return response;
  });
}

}  // namespace wharf::api
