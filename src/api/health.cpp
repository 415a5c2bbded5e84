#include "api/health.h"

#include "api/problem.h"

namespace wharf::api {

void add_health_routes(Router& router, std::function<bool()> available) {
  router.add(Base::public_api, Method::get, "/health", Access::open, [available](const Request&) {
    if (!available()) throw Refused(service_unavailable("The store does not answer."));
    return text_response("Successful operation");
  });
  router.add(Base::config_api, Method::get, "/health", Access::open, [available](const Request&) {
    const bool is = available();
    return json_response(is ? R"({"available":true})" : R"({"available":false})", is ? 200 : 503);
  });
}

}  // namespace wharf::api
