#include <charconv>
#include <nlohmann/json.hpp>

#include "api/problem.h"
#include "api/wharf_job_id.h"
#include "api/wharf_routes.h"
#include "api/wharf_views.h"
#include "base/log.h"
#include "bookkeeper/stats_table.h"
#include "job/job_table.h"

namespace wharf::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostJobs = 1000;

std::int64_t limit_of(const Request& request, std::int64_t fallback) {
  const auto limit = number_of_query(request, "limit").value_or(fallback);
  if (limit < 1 || limit > kMostJobs) throw Refused(invalid_value("limit is to be 1 to 1000."));
  return limit;
}

Response list_wharf_jobs(const Instance& instance, const Request& request) {
  JobsWanted wanted;
  wanted.most = limit_of(request, 20);
  wanted.status = std::string(request.query.find("status").value_or(""));
  const auto views = instance.database.read([&](sqlite::Connection& store) {
    if (const auto name = request.query.find("connection")) {
      Request meant = request;
      meant.parameters["connection"] = std::string(*name);
      wanted.connection_id = connection_meant(store, meant).id.value;
    }
    return job_views(store, wanted);
  });
  return wharf_response({{"jobs", views}});
}

Json attempt_view(const job::Attempt& attempt, const bookkeeper::Streams& streams) {
  Json view{{"attempt", attempt.id.number}, {"status", job::name_of(attempt.status)}};
  if (attempt.mode) view["mode"] = *attempt.mode;
  view["createdAt"] = base::to_iso(attempt.created);
  if (attempt.ended) view["endedAt"] = base::to_iso(*attempt.ended);
  if (attempt.failures) view["failures"] = Json::parse(*attempt.failures, nullptr, false);
  view["streams"] = streams_view(streams);
  return view;
}

Json history_view(const std::vector<job::JobChange>& history) {
  Json view = Json::array();
  for (const auto& change : history) {
    Json one{{"at", base::to_iso(change.at)}, {"status", change.status}};
    if (change.attempt) one["attempt"] = *change.attempt;
    one["cause"] = change.cause;
    view.push_back(std::move(one));
  }
  return view;
}

Response show_wharf_job(const Instance& instance, const Request& request) {
  const auto id = job_id_of(request);
  const auto view = instance.database.read([&](sqlite::Connection& store) {
    auto found = job_views(store, {.connection_id = "", .status = "", .id = id.value, .most = 1});
    if (found.empty()) throw Refused(resource_not_found("JOB", std::to_string(id.value)));
    Json job = std::move(found.front());
    job["tries"] = Json::array();
    const base::ConnectionId connection(job["connectionId"].get<std::string>());
    for (const auto& attempt : job::job_table::attempts(store, id)) {
      auto streams = bookkeeper::stats_table::get(store, attempt.id);
      if (attempt.status == job::AttemptStatus::running) {
        if (auto progress = instance.progress(connection)) streams = std::move(progress->streams);
      }
      job["tries"].push_back(attempt_view(attempt, streams));
    }
    job["history"] = history_view(job::job_table::history(store, id));
    return job;
  });
  auto body = view;
  const auto hold = instance.hold();
  const auto status = body["status"].get<std::string>();
  if (hold && (status == "pending" || status == "incomplete")) body["waitsFor"] = hold->reason;
  return wharf_response(body);
}

}  // namespace

base::JobId job_id_of(const Request& request) {
  const auto& text = request.parameter("jobId");
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size())
    throw Refused(invalid_value("jobId is to be a number."));
  return base::JobId(id);
}

std::optional<std::int64_t> number_of_query(const Request& request, std::string_view name) {
  const auto text = request.query.find(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < 0)
    throw Refused(invalid_value(std::string(name) + " is to be a number."));
  return number;
}

void add_wharf_job_routes(Router& router, const Instance& instance) {
  router.add(Base::wharf_api, Method::get, "/jobs", Access::read,
             [&instance](const Request& request) { return list_wharf_jobs(instance, request); });
  router.add(Base::wharf_api, Method::get, "/jobs/{jobId}", Access::read,
             [&instance](const Request& request) { return show_wharf_job(instance, request); });
}

}  // namespace wharf::api
