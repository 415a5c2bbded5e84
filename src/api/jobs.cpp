#include "api/jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/json_body.h"
#include "api/paging.h"
#include "api/parameters.h"
#include "api/problem.h"
#include "api/wharf_job_id.h"
#include "api/workspaces.h"
#include "base/log.h"
#include "base/text.h"
#include "connection/connection_table.h"
#include "job/job_steps.h"
#include "job/job_summary.h"
#include "job/job_table.h"

namespace wharf::api {
namespace {

using job::JobSummary;
using nlohmann::json;

constexpr std::chrono::seconds kPatience{1};  // clients give up after five
constexpr std::chrono::milliseconds kLook{20};
constexpr const char* kNoStatus = "none";  // no job has it

// Seconds are always said; `dagster` on an older Python knows no Z.
std::string time_text(base::WallTime time, const Request& request) {
  std::string text = base::to_iso(std::chrono::floor<std::chrono::seconds>(time)).substr(0, 19);
  const auto agent = request.headers.find("user-agent");
  return text + (agent && *agent == "dagster" ? "+00:00" : "Z");
}

// PT1H2M3S: hours are not folded into days.
std::string duration_text(std::chrono::milliseconds duration) {
  const auto seconds = std::max<std::int64_t>(0, duration.count() / 1000);
  std::string text = "PT";
  if (seconds >= 3600) text += fmt::format("{}H", seconds / 3600);
  if (seconds / 60 % 60 > 0) text += fmt::format("{}M", seconds / 60 % 60);
  if (seconds % 60 > 0 || seconds == 0) text += fmt::format("{}S", seconds % 60);
  return text;
}

/// Waits a moment for what usually comes at once, so that whoever asks next finds it done.
template <class Condition>
void wait_for(const Services& services, Condition is_so) {
  const auto deadline = services.clock.steady() + kPatience;
  while (!is_so() && !services.closing && services.clock.steady() < deadline) {
    std::this_thread::sleep_for(kLook);
  }
}

json to_json(const JobSummary& job, const Request& request) {
  json out{{"jobId", job.id.value},
           {"status", job::name_of(job.status)},
           {"jobType", job.kind == job::JobKind::sync ? "sync" : "reset"},
           {"startTime", time_text(job.created, request)},
           {"connectionId", job.connection.value}};
  if (job::is_terminal(job.status)) out["lastUpdatedAt"] = time_text(job.updated, request);
  if (job.status != job::JobStatus::pending) {
    out["duration"] = duration_text(job.updated - job.created);
    out["bytesSynced"] = job.bytes_committed;
    out["rowsSynced"] = job.records_committed;
  }
  return out;
}

Response answer_job(const Services& services, const Request& request, base::JobId id) {
  const auto found = services.database.read(
      [&](sqlite::Connection& store) { return job::job_summary::get(store, id); });
  if (!found) throw Refused(resource_not_found("JOB", std::to_string(id.value)));
  return json_response(to_json(*found, request).dump());
}

std::string text_member(const json& body, const char* name) {
  const auto at = body.find(name);
  if (at == body.end() || !at->is_string())
    throw Refused(bad_request(fmt::format("'{}' is missing.", name)));
  return at->get<std::string>();
}

connection::Connection connection_of(sqlite::Transaction& transaction,
                                     const base::ConnectionId& id) {
  auto connection = connection::connection_table::get(transaction, id);
  if (!connection) throw Refused(resource_not_found("STANDARD_SYNC", id.value));
  return std::move(*connection);
}

// The job of a connection, asked for by hand.
Result<base::JobId> enqueue_sync(sqlite::Transaction& transaction, const base::ConnectionId& id,
                                 base::WallTime now) {
  const auto connection = connection_of(transaction, id);
  if (connection.status != connection::ConnectionStatus::active) {
    throw Refused(state_conflict("The connection " + id.value + " is not active."));
  }
  if (job::job_table::active(transaction, id)) {
    throw Refused(try_again_later("A sync of connection " + id.value + " is already running."));
  }
  return job::job_steps::enqueue(transaction, job::wish_of(connection, job::Trigger::manual), now);
}

// What runs on the connection gives way first: its end makes the clear's job.
base::JobId clear(const Services& services, const base::ConnectionId& id) {
  const auto job = services.database.write([&](sqlite::Transaction& transaction) {
    return job::job_steps::request_clear(transaction, id, connection_of(transaction, id).catalog,
                                         services.clock.wall());
  });
  services.jobs_enqueued();
  return job;
}

// From now on it is cancelled for whoever asks; what it runs is torn down in the background.
Response cancel_job(const Services& services, const Request& request) {
  const auto id = job_id_of(request);
  const auto asked = services.database.write([&](sqlite::Transaction& transaction) {
    return job::job_steps::request_cancel(transaction, id, services.clock.wall());
  });
  if (!asked && asked.error().code == ErrorCode::not_found)
    throw Refused(resource_not_found("JOB", std::to_string(id.value)));
  if (!asked) throw Refused(state_conflict(asked.error().message));
  services.jobs_enqueued();
  wait_for(services, [&] {
    const auto job = services.database.read(
        [&](sqlite::Connection& store) { return job::job_table::get(store, id); });
    return !job || job::is_terminal(job->status);
  });
  return answer_job(services, request, id);
}

Response create_job(const Services& services, const Request& request) {
  const json body = json_body(request);
  const auto type = base::to_lower(text_member(body, "jobType"));
  const base::ConnectionId id(base::to_lower(text_member(body, "connectionId")));
  if (type == "refresh") {
    throw Refused(unprocessable_entity("A refresh cannot be asked for here."));
  }
  if (type == "reset" || type == "clear") return answer_job(services, request, clear(services, id));
  if (type != "sync") {
    throw Refused(bad_request("jobType is to be sync, reset or clear, not '" + type + "'."));
  }
  const auto now = services.clock.wall();
  const auto job = services.database.write(
      [&](sqlite::Transaction& transaction) { return enqueue_sync(transaction, id, now); });
  services.jobs_enqueued();
  return answer_job(services, request, job.value());
}

// One that no job of ours ever has finds none.
std::string status_of(std::string_view text) {
  auto name = base::to_lower(text);
  if (name == "queued") return kNoStatus;
  constexpr std::array kNames{"pending", "running",   "incomplete",
                              "failed",  "succeeded", "cancelled"};
  if (std::ranges::find(kNames, name) != kNames.end()) return name;
  throw Refused(bad_request(fmt::format("There is no status '{}'.", text)));
}

job::JobFilter filter_of(const Request& request) {
  job::JobFilter filter;
  filter.workspaces = wanted_workspaces(request);
  filter.created = {time_of(request, "createdAtStart"), time_of(request, "createdAtEnd")};
  filter.updated = {time_of(request, "updatedAtStart"), time_of(request, "updatedAtEnd")};
  if (const auto connection = request.query.find("connectionId")) {
    filter.connection = base::ConnectionId(base::to_lower(*connection));
  }
  if (const auto status = request.query.find("status")) filter.status = status_of(*status);
  if (const auto type = request.query.find("jobType")) {
    const auto name = base::to_lower(*type);
    if (name == "sync") {
      filter.kind = job::JobKind::sync;
    } else if (name == "reset" || name == "clear") {
      filter.kind = job::JobKind::clear;
    } else if (name == "refresh") {
      filter.status = kNoStatus;
    } else {
      throw Refused(
          bad_request("jobType is to be sync, reset, clear or refresh, not '" + name + "'."));
    }
  }
  const auto order = std::string(request.query.find("orderBy").value_or("createdAt|ASC"));
  if (order != "createdAt|ASC" && order != "createdAt|DESC" && order != "updatedAt|ASC" &&
      order != "updatedAt|DESC") {
    throw Refused(bad_request("orderBy is to be createdAt or updatedAt, |ASC or |DESC, not '" +
                              order + "'."));
  }
  filter.by_update = order.starts_with("updatedAt");
  filter.newest_first = order.ends_with("DESC");
  return filter;
}

Response list_jobs(const Services& services, const Request& request) {
  const Page page = page_of(request);
  auto filter = filter_of(request);
  std::vector<json> items;
  const auto jobs = services.database.read([&](sqlite::Connection& store) {
    filter.usual_workspace = default_workspace(store).value_or("");
    return job::job_summary::list(store, filter, page.limit + 1, page.offset);
  });
  for (const auto& each : jobs) items.push_back(to_json(each, request));
  return page_response(request, page, std::move(items),
                       {"connectionId", "jobType", "status", "orderBy", "workspaceIds",
                        "createdAtStart", "createdAtEnd", "updatedAtStart", "updatedAtEnd"});
}

}  // namespace

void add_job_routes(Router& router, const Services& services) {
  router.add(Base::public_api, Method::get, "/jobs", Access::read,
             [&services](const Request& request) { return list_jobs(services, request); });
  router.add(Base::public_api, Method::post, "/jobs", Access::operate,
             [&services](const Request& request) { return create_job(services, request); });
  router.add(Base::public_api, Method::get, "/jobs/{jobId}", Access::read,
             [&services](const Request& request) {
               return answer_job(services, request, job_id_of(request));
             });
  router.add(Base::public_api, Method::del, "/jobs/{jobId}", Access::operate,
             [&services](const Request& request) { return cancel_job(services, request); });
}

}  // namespace wharf::api
