#include <unistd.h>

#include <nlohmann/json.hpp>

#include "api/wharf_routes.h"
#include "api/wharf_views.h"
#include "base/log.h"
#include "connection/connection_table.h"
#include "sqlite/statement.h"

namespace wharf::api {
namespace {

using Json = nlohmann::ordered_json;

Json daemon_view(const Instance& instance) {
  const auto up = instance.clock.wall() - instance.started;
  Json view{{"version", instance.version},
            {"pid", ::getpid()},
            {"startedAt", base::to_iso(instance.started)},
            {"uptimeSeconds", std::chrono::floor<std::chrono::seconds>(up).count()},
            {"dataDirectory", instance.directory.path().string()},
            {"socket", instance.socket},
            {"syncsAtOnce", instance.syncs_at_once}};
  if (const auto hold = instance.hold()) {
    view["hold"] = {{"reason", hold->reason}, {"since", base::to_iso(hold->since)}};
  }
  if (const auto stale = instance.stale_declarations()) {
    view["staleDeclarations"] = {{"problems", stale->problems},
                                 {"since", base::to_iso(stale->since)}};
  }
  return view;
}

Json running_view(const Instance& instance, Json job) {
  const base::ConnectionId connection(job["connectionId"].get<std::string>());
  const auto progress = instance.progress(connection);
  job["streams"] = progress ? streams_view(progress->streams) : Json::array();
  return job;
}

Response show_status(const Instance& instance) {
  Json view = daemon_view(instance);
  const auto running = instance.database.read([&](sqlite::Connection& store) {
    view["jobs"] = {
        {"running", store.number("select count(*) from job where status = 'running'")},
        {"waiting",
         store.number("select count(*) from job where status in ('pending', 'incomplete')")}};
    view["connections"] = {
        {"all", store.number("select count(*) from connection where tombstone = 0")},
        {"active",
         store.number("select count(*) from connection where status = 'active' and tombstone = 0")},
        {"givenUp", store.number("select count(*) from connection where inactive_reason is not "
                                 "null and tombstone = 0")}};
    return job_views(store, {.connection_id = "", .status = "running", .id = 0, .most = 1000});
  });
  view["running"] = Json::array();
  for (const auto& job : running) view["running"].push_back(running_view(instance, job));
  return wharf_response(view);
}

Response list_all_connections(const Instance& instance) {
  const auto views = instance.database.read(
      [](sqlite::Connection& store) { return connection_views(store, nullptr); });
  return wharf_response({{"connections", views}});
}

Response show_one(const Instance& instance, const Request& request) {
  return wharf_response(instance.database.read([&](sqlite::Connection& store) {
    const auto id = connection_meant(store, request).id;
    return connection_views(store, &id).front();
  }));
}

Response resume(const Instance& instance, const Request& request) {
  namespace table = connection::connection_table;
  const auto id = instance.database.write([&](sqlite::Transaction& transaction) {
    auto meant = connection_meant(transaction, request).id;
    table::set_status(transaction, meant, connection::ConnectionStatus::active,
                      instance.clock.wall());
    return meant;
  });
  instance.changed(id);
  return show_one(instance, request);
}

// `table` is one of our two words, never a client's.
Response list_ends(const Instance& instance, const std::string& table) {
  const auto ends = instance.database.read([&](sqlite::Connection& store) {
    Json all = Json::array();
    auto run = store
                   .statement("select " + table + ".id, " + table +
                              ".name, definition.name, managed_by, "
                              "(select count(*) from connection where " +
                              table + "_id = " + table + ".id and tombstone = 0) from " + table +
                              " join definition on definition.id = definition_id where " + table +
                              ".tombstone = 0 order by " + table + ".name")
                   .run();
    while (run.next()) {
      all.push_back({{"id", run.string(0)},
                     {"name", run.string(1)},
                     {"connector", run.string(2)},
                     {"managedBy", run.string(3)},
                     {"connections", run.integer(4)}});
    }
    return all;
  });
  return wharf_response({{table + "s", ends}});
}

}  // namespace

void add_status_routes(Router& router, const Instance& instance) {
  const auto base = Base::wharf_api;
  router.add(base, Method::get, "/status", Access::read,
             [&instance](const Request&) { return show_status(instance); });
  router.add(base, Method::get, "/connections", Access::read,
             [&instance](const Request&) { return list_all_connections(instance); });
  router.add(base, Method::get, "/connections/{connection}", Access::read,
             [&instance](const Request& request) { return show_one(instance, request); });
  router.add(base, Method::post, "/connections/{connection}/resume", Access::operate,
             [&instance](const Request& request) { return resume(instance, request); });
  router.add(base, Method::get, "/sources", Access::read,
             [&instance](const Request&) { return list_ends(instance, "source"); });
  router.add(base, Method::get, "/destinations", Access::read,
             [&instance](const Request&) { return list_ends(instance, "destination"); });
}

}  // namespace wharf::api
