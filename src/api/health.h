#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/router.h"

namespace wharf::api {

/// Whether something that the daemon needs is well, and its name.
struct Check {
  std::string name;
  bool well = false;
  std::string_view otherwise = "failing";  ///< what is said of one that is not
  bool vital = true;                       ///< without it the daemon is not ready
};

/// The public `GET /health` (a text) and the Config API's (`available`), and for those who watch
/// over machines `/healthz` (the process lives) and `/readyz` (each check; 503 while one fails),
/// all open to everybody. `available` says whether the store answers; any thread may call both.
void add_health_routes(
    Router& router, std::function<bool()> available,
    std::function<std::vector<Check>()> checks = [] { return std::vector<Check>(); });

/// `GET /metrics`: what `text` gives, to whom `access` lets in.
void add_metrics_route(Router& router, Access access, std::function<std::string()> text);

}  // namespace wharf::api
