#include <fmt/format.h>

#include <wharf/protocol/codec.h>

#include <nlohmann/json.hpp>

#include "api/parameters.h"
#include "api/problem.h"
#include "api/wharf_routes.h"
#include "api/wharf_views.h"
#include "base/nearest.h"
#include "connection/endpoint_table.h"
#include "sqlite/statement.h"

namespace wharf::api {
namespace {

using definition::Kind;

// By its id or its name.
connection::StoredEndpoint endpoint_meant(sqlite::Connection& store, Kind kind,
                                          const Request& request) {
  namespace table = connection::endpoint_table;
  const auto& text = request.parameter("endpoint");
  if (auto found = table::get(store, kind, text)) return std::move(*found);
  std::vector<std::string> names;
  table::Asked all;
  all.kind = kind;
  for (const auto& each : table::page(store, all, -1, 0)) {
    if (each.name == text) return each;
    names.push_back(each.name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const bool is_source = kind == Kind::source;
  auto problem =
      resource_not_found(is_source ? "SOURCE_CONNECTION" : "DESTINATION_CONNECTION", text);
  problem.detail = fmt::format("there is no {} '{}'{}", definition::name_of(kind), text,
                               base::did_you_mean(text, views));
  throw Refused(std::move(problem));
}

connection::StoredEndpoint endpoint_meant(const Services& services, Kind kind,
                                          const Request& request) {
  return services.database.read(
      [&](sqlite::Connection& store) { return endpoint_meant(store, kind, request); });
}

Response check_endpoint(const Services& services, Kind kind, const Request& request) {
  const auto status = services.connectors.check(endpoint_meant(services, kind, request)).value();
  nlohmann::ordered_json said{{"status", status.succeeded ? "succeeded" : "failed"}};
  if (!status.message.empty()) said["message"] = status.message;
  return wharf_response(said);
}

Response discover_streams(const Services& services, const Request& request) {
  const auto source = endpoint_meant(services, Kind::source, request);
  const bool fresh = flag_of(request, "fresh");
  return json_response(protocol::to_json(services.connectors.discover(source, fresh).value()));
}

}  // namespace

void add_question_routes(Router& router, const Services& services) {
  const auto add = [&](std::string_view path, auto answer) {
    router.add(Base::wharf_api, Method::post, path, Access::operate, std::move(answer));
  };
  add("/sources/{endpoint}/check", [&services](const Request& request) {
    return check_endpoint(services, Kind::source, request);
  });
  add("/destinations/{endpoint}/check", [&services](const Request& request) {
    return check_endpoint(services, Kind::destination, request);
  });
  add("/sources/{endpoint}/discover",
      [&services](const Request& request) { return discover_streams(services, request); });
}

}  // namespace wharf::api
