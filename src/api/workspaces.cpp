#include "api/workspaces.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/connection_edits.h"
#include "api/json_body.h"
#include "api/members.h"
#include "api/paging.h"
#include "api/parameters.h"
#include "api/problem.h"
#include "base/text.h"
#include "base/uuid.h"
#include "connection/connection_table.h"
#include "connection/endpoint_table.h"
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

std::vector<json> workspaces(sqlite::Connection& store, const std::vector<std::string>& wanted,
                             bool deleted_too = false) {
  std::vector<json> found;
  auto run =
      store
          .statement("select id, name from workspace where tombstone = 0 or ? order by created, id")
          .run(deleted_too);
  while (run.next()) {
    const bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), run.text(0)) != wanted.end();
    if (is_wanted) found.push_back(to_json(run));
  }
  return found;
}

Response show_workspace(const Services& services, const std::string& id) {
  auto found =
      services.database.read([&](sqlite::Connection& store) { return workspaces(store, {id}); });
  if (found.empty()) throw Refused(resource_not_found("WORKSPACE", id));
  return json_response(dump(found.front()));
}

// Whom to tell of what is not there yet: nobody. To say otherwise would be a promise.
void refuse_notifications(const json& body) {
  const json* notifications = object_of(body, "notifications");
  if (notifications != nullptr && !notifications->empty())
    throw Refused(bad_request("'notifications' are not offered here yet."));
}

Response create_workspace(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto name = required_text(body, "name");
  refuse_notifications(body);
  const std::string id = base::random_uuid();
  services.database.write([&](sqlite::Transaction& transaction) {
    transaction.statement("insert into workspace (id, name, slug, created) values (?, ?, ?, ?)")
        .execute(id, name, id, base::to_millis(services.clock.wall()));
  });
  return show_workspace(services, id);
}

Response patch_workspace(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto id = base::to_lower(request.parameter("workspaceId"));
  const auto name = text_of(body, "name");
  if (name && name->empty()) throw Refused(bad_request("'name' is not to be empty."));
  refuse_notifications(body);
  services.database.write([&](sqlite::Transaction& transaction) {
    if (!name) return;
    transaction.statement("update workspace set name = ? where id = ? and tombstone = 0")
        .execute(*name, id);
  });
  return show_workspace(services, id);
}

// Everything in it, then itself.
std::vector<base::ConnectionId> empty_workspace(sqlite::Transaction& transaction,
                                                const std::string& id, base::WallTime now) {
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  std::vector<base::ConnectionId> gone;
  for (const auto kind : {definition::Kind::source, definition::Kind::destination}) {
    connection::endpoint_table::Asked asked;
    asked.kind = kind;
    asked.workspaces = json::array({id}).dump();
    for (const auto& each : connection::endpoint_table::page(transaction, asked, kAll, 0)) {
      for (const auto& of_it : connection::connection_table::of_endpoint(transaction, each.id)) {
        delete_connection(transaction, of_it, now);
        gone.push_back(of_it);
      }
      connection::endpoint_table::remove(transaction, each, now);
    }
  }
  transaction.statement("update workspace set tombstone = 1 where id = ?").execute(id);
  return gone;
}

Response delete_workspace(const Services& services, const Request& request) {
  const auto id = base::to_lower(request.parameter("workspaceId"));
  const auto gone = services.database.write([&](sqlite::Transaction& transaction) {
    if (!is_workspace(transaction, id)) throw Refused(resource_not_found("WORKSPACE", id));
    if (default_workspace(transaction) == id)
      throw Refused(state_conflict("The default workspace holds what is declared: it stays."));
    return empty_workspace(transaction, id, services.clock.wall());
  });
  for (const auto& each : gone) services.connection_changed(each);
  return empty_response();
}

}  // namespace

bool is_workspace(sqlite::Connection& store, std::string_view id) {
  return store.statement("select 1 from workspace where id = ? and tombstone = 0").run(id).next();
}

std::optional<std::string> wanted_workspaces(const Request& request) {
  const auto wanted = ids_of(request, "workspaceIds");
  if (wanted.empty()) return std::nullopt;
  return dump(json(wanted));
}

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
                 return workspaces(store, ids_of(request, "workspaceIds"),
                                   flag_of(request, "includeDeleted"));
               });
               const auto skipped = std::min(all.size(), static_cast<std::size_t>(page.offset));
               all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(skipped));
               return page_response(request, page, std::move(all),
                                    {"workspaceIds", "includeDeleted"});
             });
  const auto add = [&](Method method, const char* path, Access access, auto act) {
    router.add(Base::public_api, method, path, access,
               [&services, act](const Request& request) { return act(services, request); });
  };
  add(Method::get, "/workspaces/{workspaceId}", Access::read,
      [](const Services& here, const Request& request) {
        return show_workspace(here, base::to_lower(request.parameter("workspaceId")));
      });
  add(Method::post, "/workspaces", Access::administer, create_workspace);
  add(Method::patch, "/workspaces/{workspaceId}", Access::administer, patch_workspace);
  add(Method::del, "/workspaces/{workspaceId}", Access::administer, delete_workspace);
}

}  // namespace wharf::api
