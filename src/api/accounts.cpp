#include "api/accounts.h"

#include "api/caller.h"
#include "api/members.h"
#include "api/problem.h"
#include "api/workspaces.h"
#include "base/text.h"
#include "sqlite/statement.h"

#include <nlohmann/json.hpp>

namespace wharf::api {
namespace {

using nlohmann::json;

// As in every installation of Airbyte's: the default organization and its default user.
constexpr const char* kNobody = "00000000-0000-0000-0000-000000000000";

Response data_of(json items) {
  return json_response(dump({{"data", std::move(items)}}));
}

Response list_organizations(const Request&) {
  return data_of({{{"organizationId", kNobody}, {"organizationName", "Wharf"}, {"email", ""}}});
}

Response list_users(const Request&) {
  return data_of({{{"id", kNobody}, {"name", "Wharf"}, {"email", ""}}});
}

Response list_permissions(const Request&) {
  return data_of({{{"permissionId", kNobody},
                   {"permissionType", "instance_admin"},
                   {"userId", kNobody},
                   {"scopeId", kNobody},
                   {"scope", "none"}}});
}

Response list_applications(const Services& services) {
  json applications = json::array();
  services.database.read([&](sqlite::Connection& store) {
    const auto since = store.number("select coalesce(min(created), 0) from workspace") / 1000;
    auto run = store.statement("select id, role from client order by role, id").run();
    while (run.next()) {
      applications.push_back(
          {{"id", run.text(0)},
           {"name", run.text(1) == name_of(Role::launcher) ? "launcher" : "client"},
           {"clientId", run.text(0)},
           {"clientSecret", base::kMask},
           {"createdAt", since}});
    }
  });
  return json_response(dump({{"applications", std::move(applications)}}));
}

}  // namespace

void add_account_routes(Router& router, const Services& services) {
  const auto add = [&](const char* path, auto handler) {
    router.add(Base::public_api, Method::get, path, Access::read, std::move(handler));
  };
  add("/organizations", list_organizations);
  add("/users", list_users);
  add("/permissions", list_permissions);
  add("/tags", [](const Request&) { return data_of(json::array()); });
  const auto without = [&](Method method, const char* path) {
    router.add(Base::public_api, method, path, Access::administer,
               [](const Request&) -> Response { throw Refused(not_implemented()); });
  };
  without(Method::post, "/applications");
  without(Method::post, "/permissions");
  without(Method::post, "/tags");
  without(Method::post, "/sources/initiateOAuth");
  without(Method::put, "/workspaces/{workspaceId}/oauthCredentials");
  router.add(Base::public_api, Method::get, "/applications", Access::administer,
             [&services](const Request&) { return list_applications(services); });
}

}  // namespace wharf::api
