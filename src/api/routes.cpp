#include "api/routes.h"

#include "api/accounts.h"
#include "api/connection_edits.h"
#include "api/connections.h"
#include "api/definitions.h"
#include "api/endpoints.h"
#include "api/jobs.h"
#include "api/openapi_document.h"
#include "api/streams.h"
#include "api/wharf_routes.h"
#include "api/workloads.h"
#include "api/workspaces.h"

namespace wharf::api {
namespace {

void add_document_routes(Router& router) {
  const auto document = [](const Request&) {
    return json_response(std::string(openapi_document()));
  };
  router.add(Base::root, Method::get, "/openapi.json", Access::open, document);
  router.add(Base::public_api, Method::get, "/openapi.json", Access::open, document);
  router.add(Base::wharf_api, Method::get, "/openapi.json", Access::open, document);
  const auto lead_there = [](const Request&) {
    Response response;
    response.status = 302;
    response.content_type.clear();
    response.headers = {{"Location", "/openapi.json"}};
    return response;
  };
  router.add(Base::root, Method::get, "/api/public", Access::open, lead_there);
  router.add(Base::public_api, Method::get, "/", Access::open, lead_there);
}

}  // namespace

void add_routes(Router& router, const RouteNeeds& needs) {
  const Services& services = needs.services;
  add_document_routes(router);
  add_health_routes(router, needs.available, needs.checks);
  add_metrics_route(router, needs.metrics_access, needs.measures);
  add_token_routes(router, needs.tokens);
  add_workspace_routes(router, services);
  add_account_routes(router, services);
  add_definition_routes(router, services);
  add_endpoint_routes(router, services, definition::Kind::source);
  add_endpoint_routes(router, services, definition::Kind::destination);
  add_stream_routes(router, services);
  add_connection_routes(router, services);
  add_connection_edit_routes(router, services);
  add_job_routes(router, services);
  add_workload_routes(router, services);
  add_wharf_routes(router, needs.instance);
  add_question_routes(router, services);
}

}  // namespace wharf::api
