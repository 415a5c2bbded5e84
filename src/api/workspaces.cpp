#include "api/workspaces.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/paging.h"
#include "api/problem.h"
#include "base/uuid.h"
#include "sqlite/statement.h"

namespace wharf::api {
namespace {

using nlohmann::json;

json to_json(const sqlite::Run& run) {
  return {{"workspaceId", run.text(0)},
          {"name", run.text(1)},
          {"dataResidency", "auto"},
          {"notifications", json::object()}};
}

std::vector<json> workspaces(sqlite::Connection& store, const std::vector<std::string>& wanted) {
  std::vector<json> found;
  auto run =
      store.statement("select id, name from workspace where tombstone = 0 order by created, id")
          .run();
  while (run.next()) {
    const bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), run.text(0)) != wanted.end();
    if (is_wanted) found.push_back(to_json(run));
  }
  return found;
}

}  // namespace

std::optional<std::string> default_workspace(sqlite::Connection& store) {
  auto run =
      store.statement("select id from workspace where tombstone = 0 order by created, id limit 1")
          .run();
  if (!run.next()) return std::nullopt;
  return run.string(0);
}

void ensure_workspace(sqlite::Transaction& transaction, base::WallTime now) {
  if (transaction.connection().number("select count(*) from workspace") > 0) return;
  const std::string id = base::random_uuid();
  transaction
      .statement(
          "insert into workspace (id, name, slug, created) values (?, 'Default Workspace', ?, ?)")
      .execute(id, id, base::to_millis(now));
}

void add_workspace_routes(Router& router, const Services& services) {
  router.add(Base::public_api, Method::get, "/workspaces", Access::read,
             [&services](const Request& request) {
               const Page page = page_of(request);
               auto all = services.database.read([&](sqlite::Connection& store) {
                 return workspaces(store, request.query.list("workspaceIds"));
               });
               const auto skipped = std::min(all.size(), static_cast<std::size_t>(page.offset));
               all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(skipped));
               return page_response(request, page, std::move(all),
                                    {"workspaceIds", "includeDeleted"});
             });
  router.add(Base::public_api, Method::get, "/workspaces/{workspaceId}", Access::read,
             [&services](const Request& request) {
               const auto& id = request.parameter("workspaceId");
               auto found = services.database.read(
                   [&](sqlite::Connection& store) { return workspaces(store, {id}); });
               if (found.empty()) throw Refused(resource_not_found("WORKSPACE", id));
               return json_response(found.front().dump());
             });
}

}  // namespace wharf::api
