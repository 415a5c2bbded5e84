#include "job/job_summary.h"

#include "job/clear_request_table.h"
#include "sqlite/statement.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace wharf::job::job_summary {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, connection_id,
    iif(status = 'running' and cancel_asked is not null, 'cancelled', status), created,
    max(coalesce(cancel_asked, 0),
      (select coalesce(max(at), job.created) from job_change where job_id = job.id)) as updated,
    (select coalesce(sum(records_committed), 0) from attempt_stats where job_id = job.id),
    (select coalesce(sum(bytes_committed), 0) from attempt_stats where job_id = job.id),
    kind
  from job
)sql";

constexpr std::string_view kOfConnection =
    "where id in (select id from job_by_connection where connection_id = ?1)";

// A connection stands where its source does.
constexpr std::string_view kOfWorkspaces = R"sql(
  and coalesce((select workspace_id from source where id =
      (select source_id from connection where connection.id = job.connection_id)), ?10)
    in (select value from json_each(?11)))sql";

// One that is being torn down has been cancelled for whoever asks.
constexpr std::string_view kRunning = " and status = ?2 and cancel_asked is null";
constexpr std::string_view kCancelled =
    " and (status = ?2 or status = 'running' and cancel_asked is not null)";

std::string_view of_status(std::string_view status) {
  if (status.empty()) return " and ?2 = ''";
  if (status == name_of(JobStatus::running)) return kRunning;
  if (status == name_of(JobStatus::cancelled)) return kCancelled;
  return " and status = ?2";
}

struct Bounds {
  explicit Bounds(const TimeSpan& span) {
    if (span.from) from = base::to_millis(*span.from);
    if (span.to) to = base::to_millis(*span.to);
  }
  std::int64_t from = std::numeric_limits<std::int64_t>::min();
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
};

JobSummary waiting_clear(base::JobId id, base::ConnectionId connection, base::WallTime asked) {
  JobSummary clear;
  clear.id = id;
  clear.connection = std::move(connection);
  clear.created = clear.updated = asked;
  clear.kind = JobKind::clear;
  return clear;
}

JobSummary read(const sqlite::Run& run) {
  JobSummary job;
  job.id = base::JobId(run.integer(0));
  job.connection = base::ConnectionId(run.string(1));
  job.status = job_status_named(run.text(2));
  job.created = base::from_millis(run.integer(3));
  job.updated = base::from_millis(run.integer(4));
  job.records_committed = run.integer(5);
  job.bytes_committed = run.integer(6);
  job.kind = run.text(7) == "sync" ? JobKind::sync : JobKind::clear;
  return job;
}

}  // namespace

std::optional<JobSummary> get(sqlite::Connection& connection, base::JobId id) {
  auto run = connection.statement(std::string(kSelect) + "where id = ?").run(id);
  if (run.next()) return read(run);
  const auto waiting = clear_request_table::waiting(connection, id);
  if (!waiting) return std::nullopt;
  return waiting_clear(id, waiting->connection, waiting->asked);
}

namespace {

std::vector<JobSummary> stored(sqlite::Connection& connection, const JobFilter& filter,
                               std::int64_t most, std::int64_t offset) {
  // Ids rise with time: ordering by them needs no sorting. Only what is asked for is compared, so
  // that the index of a connection's jobs serves; the plus keeps that of `created` out of the way.
  std::string sql(kSelect);
  sql += filter.connection ? kOfConnection : "where ?1 = ''";
  sql += of_status(filter.status);
  sql += filter.kind ? " and kind = ?5" : " and ?5 = ''";
  sql += filter.created.is_bounded() ? " and +created between ?6 and ?7" : " and ?6 < ?7";
  sql += filter.updated.is_bounded() ? " and updated between ?8 and ?9" : " and ?8 < ?9";
  sql += filter.workspaces ? kOfWorkspaces : " and ?10 = '' and ?11 = ''";
  sql += " order by ";
  if (filter.by_update) sql += filter.newest_first ? "updated desc, " : "updated, ";
  sql += filter.newest_first ? "id desc" : "id";
  sql += " limit ?3 offset ?4";
  const std::string of = filter.connection ? filter.connection->value : "";
  const std::string_view kind = filter.kind ? name_of(*filter.kind) : "";
  const Bounds created(filter.created), updated(filter.updated);
  std::vector<JobSummary> jobs;
  auto run = connection.statement(sql).run(
      of, filter.status, most, offset, kind, created.from, created.to, updated.from, updated.to,
      filter.workspaces ? filter.usual_workspace : "", filter.workspaces.value_or(""));
  while (run.next()) jobs.push_back(read(run));
  return jobs;
}

// What was asked for while a sync runs is pending before it has a row.
std::vector<JobSummary> waiting_clears(sqlite::Connection& connection, const JobFilter& filter) {
  std::vector<JobSummary> clears;
  if (filter.kind == JobKind::sync) return clears;
  if (!filter.status.empty() && filter.status != name_of(JobStatus::pending)) return clears;
  const std::string of = filter.connection ? filter.connection->value : "";
  const Bounds created(filter.created), updated(filter.updated);
  auto run = connection
                 .statement(R"sql(
                   select job_id, connection_id, asked from clear_request
                     join connection on connection.id = connection_id
                     join source on source.id = source_id
                   where job_id is not null and connection.tombstone = 0
                     and (?1 = '' or connection_id = ?1)
                     and asked between ?2 and ?3 and asked between ?4 and ?5
                     and (?6 is null
                       or coalesce(workspace_id, ?7) in (select value from json_each(?6))))sql")
                 .run(of, created.from, created.to, updated.from, updated.to, filter.workspaces,
                      filter.usual_workspace);
  while (run.next()) {
    clears.push_back(waiting_clear(base::JobId(run.integer(0)), base::ConnectionId(run.string(1)),
                                   base::from_millis(run.integer(2))));
  }
  return clears;
}

}  // namespace

std::vector<JobSummary> list(sqlite::Connection& connection, const JobFilter& filter,
                             std::int64_t most, std::int64_t offset) {
  const auto clears = waiting_clears(connection, filter);
  if (clears.empty()) return stored(connection, filter, most, offset);
  auto jobs = stored(connection, filter, most + offset, 0);
  jobs.insert(jobs.end(), clears.begin(), clears.end());
  const auto place = [&](const JobSummary& job) {
    return std::pair(filter.by_update ? job.updated : base::WallTime{}, job.id.value);
  };
  std::ranges::sort(jobs, [&](const JobSummary& a, const JobSummary& b) {
    return filter.newest_first ? place(b) < place(a) : place(a) < place(b);
  });
  jobs.erase(jobs.begin(), jobs.begin() + std::min<std::int64_t>(offset, std::ssize(jobs)));
  if (std::ssize(jobs) > most) jobs.resize(static_cast<std::size_t>(most));
  return jobs;
}

}  // namespace wharf::job::job_summary
