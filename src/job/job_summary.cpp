#include "job/job_summary.h"

#include "sqlite/statement.h"

namespace wharf::job::job_summary {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, connection_id, status, created,
    (select coalesce(max(at), job.created) from job_change where job_id = job.id) as updated,
    (select coalesce(sum(records_committed), 0) from attempt_stats where job_id = job.id),
    (select coalesce(sum(bytes_committed), 0) from attempt_stats where job_id = job.id),
    kind
  from job
)sql";

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
  if (!run.next()) return std::nullopt;
  return read(run);
}

std::vector<JobSummary> list(sqlite::Connection& connection, const JobFilter& filter,
                             std::int64_t most, std::int64_t offset) {
  // Ids rise with time: ordering by them needs no sorting. Only what is asked for is compared, so
  // that the index of a connection's jobs serves.
  std::string sql(kSelect);
  sql += filter.connection ? "where connection_id = ?1" : "where ?1 = ''";
  sql += filter.status.empty() ? " and ?2 = ''" : " and status = ?2";
  sql += filter.kind ? " and kind = ?5" : " and ?5 = ''";
  sql += " order by ";
  if (filter.by_update) sql += filter.newest_first ? "updated desc, " : "updated, ";
  sql += filter.newest_first ? "id desc" : "id";
  sql += " limit ?3 offset ?4";
  const std::string of = filter.connection ? filter.connection->value : "";
  const std::string_view kind = filter.kind ? name_of(*filter.kind) : "";
  std::vector<JobSummary> jobs;
  auto run = connection.statement(sql).run(of, filter.status, most, offset, kind);
  while (run.next()) jobs.push_back(read(run));
  return jobs;
}

}  // namespace wharf::job::job_summary
