#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/health.h"
#include "api/instance.h"
#include "api/router.h"
#include "api/services.h"
#include "api/tokens.h"

namespace wharf::api {

/// What the routes of a daemon work with; the references outlive the router.
struct RouteNeeds {
  const Services& services;
  const Instance& instance;
  Tokens& tokens;
  std::function<bool()> available;             ///< whether the store answers
  std::function<std::vector<Check>()> checks;  ///< for `/readyz`
  Access metrics_access = Access::read;        ///< who may read them
  std::function<std::string()> measures;       ///< what `/metrics` says
};

/// Every route there is. openapi_document() says the same, and a test holds each to the other.
void add_routes(Router& router, const RouteNeeds& needs);

}  // namespace wharf::api
