#include "api/wharf_views.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/problem.h"
#include "base/log.h"
#include "base/nearest.h"
#include "connection/connection_table.h"
#include "sqlite/statement.h"

namespace wharf::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kJobColumns = R"sql(
  job.id, job.connection_id, connection.name, job.status, job.trigger, job.created, job.started,
  job.ended, job.next_try,
  (select cause from job_change where job_id = job.id order by id desc limit 1),
  (select count(*) from attempt where job_id = job.id),
  (select coalesce(sum(records_committed), 0) from attempt_stats where job_id = job.id),
  (select coalesce(sum(bytes_committed), 0) from attempt_stats where job_id = job.id)
)sql";

std::string iso(std::int64_t millis) {
  return base::to_iso(base::from_millis(millis));
}

void put_time(Json& out, const char* name, const sqlite::Run& run, int column) {
  if (!run.null(column)) out[name] = iso(run.integer(column));
}

// A job whose columns begin at `at`.
Json job_view(const sqlite::Run& run, int at) {
  Json job{{"jobId", run.integer(at)},         {"connectionId", run.string(at + 1)},
           {"connection", run.string(at + 2)}, {"status", run.string(at + 3)},
           {"trigger", run.string(at + 4)},    {"createdAt", iso(run.integer(at + 5))}};
  put_time(job, "startedAt", run, at + 6);
  put_time(job, "endedAt", run, at + 7);
  if (run.text(at + 3) == "incomplete") job["nextTryAt"] = iso(run.integer(at + 8));
  job["cause"] = run.string(at + 9);
  job["attempts"] = run.integer(at + 10);
  job["recordsCommitted"] = run.integer(at + 11);
  job["bytesCommitted"] = run.integer(at + 12);
  return job;
}

}  // namespace

Response wharf_response(const Json& body) {
  return json_response(body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

connection::Connection connection_meant(sqlite::Connection& store, const Request& request) {
  namespace table = connection::connection_table;
  const auto& text = request.parameter("connection");
  if (auto found = table::get(store, base::ConnectionId(text))) return std::move(*found);
  if (auto found = table::find_by_name(store, text)) return std::move(*found);
  std::vector<std::string> names;
  auto run = store.statement("select name from connection where tombstone = 0 order by name").run();
  while (run.next()) names.push_back(run.string(0));
  const std::vector<std::string_view> views(names.begin(), names.end());
  auto problem = resource_not_found("STANDARD_SYNC", text);
  problem.detail =
      fmt::format("there is no connection '{}'{}", text, base::did_you_mean(text, views));
  throw Refused(std::move(problem));
}

Json streams_view(const bookkeeper::Streams& streams) {
  Json out = Json::array();
  for (const auto& [stream, counts] : streams) {
    Json one{{"name", stream.name}};
    if (stream.name_space) one["namespace"] = *stream.name_space;
    one["state"] = bookkeeper::name_of(counts.state);
    if (counts.incomplete_cause) {
      one["incompleteCause"] = bookkeeper::name_of(*counts.incomplete_cause);
    }
    if (counts.quota_reset)
      one["quotaResetAt"] = base::to_iso(base::from_millis(*counts.quota_reset));
    one["recordsEmitted"] = counts.emitted.rows;
    one["bytesEmitted"] = counts.emitted.bytes;
    one["recordsCommitted"] = counts.committed.rows;
    one["bytesCommitted"] = counts.committed.bytes;
    one["recordsRejected"] = counts.rejected;
    if (counts.rows_estimated) one["recordsEstimated"] = *counts.rows_estimated;
    if (counts.bytes_estimated) one["bytesEstimated"] = *counts.bytes_estimated;
    if (counts.checkpoint_at) one["checkpointAt"] = base::to_iso(*counts.checkpoint_at);
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<Json> connection_views(sqlite::Connection& store, const base::ConnectionId* only) {
  std::string sql = R"sql(
    select connection.id, connection.name, connection.status, inactive_reason, source.id,
      source.name, destination.id, destination.name, schedule,
      (select at from due where connection_id = connection.id),
  )sql";
  sql += kJobColumns;
  sql += R"sql(
    from connection
    join source on source.id = source_id
    join destination on destination.id = destination_id
    left join job on job.id =
      (select newest_job.id from newest_job where newest_job.connection_id = connection.id)
  )sql";
  sql += only != nullptr ? "where connection.id = ?" : "where ? = '' and connection.tombstone = 0";
  sql += " order by connection.name, connection.id";
  std::vector<Json> views;
  auto run = store.statement(sql).run(only != nullptr ? only->value : std::string());
  while (run.next()) {
    Json view{{"connectionId", run.string(0)}, {"name", run.string(1)}, {"status", run.string(2)}};
    if (!run.null(3)) view["inactiveReason"] = run.string(3);
    view["source"] = {{"id", run.string(4)}, {"name", run.string(5)}};
    view["destination"] = {{"id", run.string(6)}, {"name", run.string(7)}};
    view["schedule"] = Json::parse(run.text(8), nullptr, false);
    put_time(view, "nextRun", run, 9);
    if (!run.null(10)) view["lastJob"] = job_view(run, 10);
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<Json> job_views(sqlite::Connection& store, const JobsWanted& wanted) {
  std::string sql = "select ";
  sql += kJobColumns;
  sql += " from job join connection on connection.id = job.connection_id where ";
  sql += wanted.id != 0 ? "job.id = ?1" : "?1 = 0";
  sql += wanted.connection_id.empty()
             ? " and ?2 = ''"
             : " and job.id in (select id from job_by_connection where connection_id = ?2)";
  sql += wanted.status.empty() ? " and ?3 = ''" : " and job.status = ?3";
  sql += " order by job.id desc limit ?4";
  std::vector<Json> views;
  auto run = store.statement(sql).run(wanted.id, wanted.connection_id, wanted.status, wanted.most);
  while (run.next()) views.push_back(job_view(run, 0));
  return views;
}

}  // namespace wharf::api
