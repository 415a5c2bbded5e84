#include "job/job_table.h"

#include <algorithm>

#include "job/job_machine.h"
#include "sqlite/statement.h"

namespace wharf::job::job_table {
namespace {

constexpr std::string_view kSelectJob = R"sql(
  select id, connection_id, status, trigger, config_hash,
    coalesce(catalog, (select catalog from connection where connection.id = connection_id)),
    settings, resumable_full_refresh, settled, complete_successive, complete_total,
    partial_successive, partial_total, restarts_successive, next_try, created, kind,
    cancel_asked is not null
  from job
)sql";

constexpr std::string_view kSelectAttempt = R"sql(
  select job_id, number, status, mode, log_path, failures, created, ended
  from attempt
)sql";

AttemptStatus attempt_status_from(std::string_view name) {
  for (auto status : {AttemptStatus::running, AttemptStatus::succeeded})
    if (name == name_of(status)) return status;
  return AttemptStatus::failed;
}

int small(std::int64_t number) {
  return static_cast<int>(number);
}

Job read_job(const sqlite::Run& run) {
  Job job;
  job.id = base::JobId(run.integer(0));
  job.connection = base::ConnectionId(run.string(1));
  job.status = job_status_named(run.text(2));
  job.trigger = run.text(3) == "manual" ? Trigger::manual : Trigger::scheduled;
  job.config.config_hash = run.string(4);
  job.config.catalog = protocol::parse_configured_catalog(run.text(5)).value();  // ours: it parses
  job.config.settings = run.string(6);
  job.config.resumable_full_refresh = run.integer(7) != 0;
  job.settled = run.integer(8) != 0;
  job.retries.complete_successive = small(run.integer(9));
  job.retries.complete_total = small(run.integer(10));
  job.retries.partial_successive = small(run.integer(11));
  job.retries.partial_total = small(run.integer(12));
  job.retries.restarts_successive = small(run.integer(13));
  job.next_try = base::from_millis(run.integer(14));
  job.created = base::from_millis(run.integer(15));
  job.kind = run.text(16) == "sync" ? JobKind::sync : JobKind::clear;
  job.cancel_asked = run.integer(17) != 0;
  return job;
}

Attempt read_attempt(const sqlite::Run& run) {
  Attempt attempt;
  attempt.id = {base::JobId(run.integer(0)), run.integer(1)};
  attempt.status = attempt_status_from(run.text(2));
  attempt.mode = run.optional_string(3);
  attempt.log_path = run.optional_string(4);
  attempt.failures = run.optional_string(5);
  attempt.created = base::from_millis(run.integer(6));
  if (!run.null(7)) attempt.ended = base::from_millis(run.integer(7));
  return attempt;
}

std::optional<Job> first_job(sqlite::Run run) {
  if (!run.next()) return std::nullopt;
  return read_job(run);
}

std::vector<Job> all_jobs(sqlite::Run run) {
  std::vector<Job> jobs;
  while (run.next()) jobs.push_back(read_job(run));
  return jobs;
}

sqlite::Statement& select_job(sqlite::Connection& connection, std::string_view rest) {
  return connection.statement(std::string(kSelectJob).append(rest));
}

sqlite::Statement& select_attempt(sqlite::Connection& connection, std::string_view rest) {
  return connection.statement(std::string(kSelectAttempt).append(rest));
}

}  // namespace

base::JobId insert(sqlite::Transaction& transaction, const base::ConnectionId& connection,
                   Trigger trigger, const JobConfig& config, JobKind kind, base::WallTime now,
                   std::optional<base::JobId> number, JobStatus status) {
  std::optional<std::int64_t> id;
  if (number) id = number->value;
  transaction
      .statement(R"sql(
        insert into job
          (id, connection_id, status, trigger, config_hash, catalog, settings,
           resumable_full_refresh, next_try, created, kind)
        values (?1, ?2, ?3, ?4, ?5,
          nullif(?6, (select catalog from connection where connection.id = ?2)),
          ?7, ?8, ?9, ?10, ?11))sql")
      .execute(id, connection, name_of(status), name_of(trigger), config.config_hash,
               protocol::to_json(config.catalog), config.settings, config.resumable_full_refresh,
               base::to_millis(now), base::to_millis(now), name_of(kind));
  return base::JobId(transaction.connection().last_insert_id());
}

std::int64_t insert_due(sqlite::Transaction& transaction, base::WallTime now) {
  const auto time = base::to_millis(now);
  const auto before = transaction.connection().number("select coalesce(max(id), 0) from job");
  transaction
      .statement(R"sql(
        insert into job
          (connection_id, status, trigger, config_hash, catalog, settings, resumable_full_refresh,
           next_try, created, kind)
        select id, 'pending', 'scheduled', config_hash, clear_request.catalog, settings,
          resumable_full_refresh and clear_request.asked is null, ?, ?, iif(clear_request.asked is null, 'sync', 'clear')
        from due join connection on connection.id = due.connection_id
          left join clear_request on clear_request.connection_id = due.connection_id
        where due.at <= ? and status = 'active' and not exists (
          select 1 from job where job.connection_id = connection.id
            and job.status in ('pending', 'running', 'incomplete'))
        order by due.at)sql")
      .execute(time, time, time);
  const auto made = transaction.connection().changes();
  transaction
      .statement(R"sql(
        insert into job_change (job_id, status, cause, at)
        select id, 'pending', 'due by its schedule', ? from job where id > ?)sql")
      .execute(time, before);
  return made;
}

void update(sqlite::Transaction& transaction, const Job& job, base::WallTime now) {
  const auto time = base::to_millis(now);
  std::optional<std::int64_t> started;
  std::optional<std::int64_t> ended;
  if (job.status == JobStatus::running) started = time;
  if (is_terminal(job.status)) ended = time;
  transaction
      .statement(R"sql(
        update job
        set status = ?, complete_successive = ?, complete_total = ?, partial_successive = ?,
          partial_total = ?, restarts_successive = ?, next_try = ?,
          started = coalesce(started, ?), ended = ?
        where id = ?)sql")
      .execute(name_of(job.status), job.retries.complete_successive, job.retries.complete_total,
               job.retries.partial_successive, job.retries.partial_total,
               job.retries.restarts_successive, base::to_millis(job.next_try), started, ended,
               job.id);
}

base::JobId renumber(sqlite::Transaction& transaction, base::JobId job, base::JobId least) {
  // sqlite_sequence, so that a number that was once given is not given again.
  const auto highest =
      transaction.connection().number("select max(seq) from sqlite_sequence where name = 'job'");
  const base::JobId next(std::max(least.value, highest + 1));
  transaction.statement("update job set id = ? where id = ?").execute(next, job);
  transaction.statement("update sqlite_sequence set seq = ? where name = 'job'").execute(next);
  return next;
}

void ask_cancel(sqlite::Transaction& transaction, base::JobId job, base::WallTime now) {
  transaction.statement("update job set cancel_asked = coalesce(cancel_asked, ?) where id = ?")
      .execute(base::to_millis(now), job);
}

std::vector<base::ConnectionId> cancelling(sqlite::Connection& connection) {
  std::vector<base::ConnectionId> connections;
  auto run = connection
                 .statement(
                     "select connection_id from job where status = 'running' and cancel_asked "
                     "is not null")
                 .run();
  while (run.next()) connections.emplace_back(run.string(0));
  return connections;
}

void mark_settled(sqlite::Transaction& transaction, base::JobId job) {
  transaction.statement("update job set settled = 1 where id = ?").execute(job);
}

std::optional<Job> get(sqlite::Connection& connection, base::JobId id) {
  return first_job(select_job(connection, "where id = ?").run(id));
}

std::optional<Job> active(sqlite::Connection& connection, const base::ConnectionId& id) {
  return first_job(
      select_job(connection,
                 "where connection_id = ? and status in ('pending', 'running', 'incomplete')")
          .run(id));
}

void let_waiting_wait(sqlite::Transaction& transaction) {
  transaction.statement("update job set next_try = ? where status in ('pending', 'incomplete')")
      .execute(base::to_millis(kWhenAsked));
}

std::optional<Job> due(sqlite::Connection& connection, base::WallTime now) {
  // The wall clock may have been set back. So a job that has not begun is due whatever its time
  // says, and no other waits longer than the longest back-off; those that wait to be asked do.
  return first_job(select_job(connection, R"sql(
                       where status in ('pending', 'incomplete') and next_try < ?
                         and (status = 'pending' or next_try <= ? or next_try > ?)
                       order by next_try, id limit 1)sql")
                       .run(base::to_millis(kWhenAsked), base::to_millis(now),
                            base::to_millis(now + RetryPolicy().backoff_max)));
}

std::vector<Job> with_status(sqlite::Connection& connection, JobStatus status) {
  return all_jobs(select_job(connection, "where status = ? order by id").run(name_of(status)));
}

void insert_attempt(sqlite::Transaction& transaction, const base::AttemptId& id,
                    base::WallTime now) {
  transaction
      .statement(
          "insert into attempt (job_id, number, status, created) values (?, ?, 'running', ?)")
      .execute(id.job, id.number, base::to_millis(now));
}

void end_attempt(sqlite::Transaction& transaction, const base::AttemptId& id, AttemptStatus status,
                 const std::optional<protocol::JsonText>& failures, base::WallTime now) {
  transaction
      .statement(R"sql(
        update attempt
        set status = ?, failures = ?, ended = ?
        where job_id = ? and number = ?)sql")
      .execute(name_of(status), failures, base::to_millis(now), id.job, id.number);
}

void describe_attempt(sqlite::Transaction& transaction, const base::AttemptId& id,
                      std::string_view mode, std::string_view log_path) {
  transaction.statement("update attempt set mode = ?, log_path = ? where job_id = ? and number = ?")
      .execute(mode, log_path, id.job, id.number);
}

std::optional<Attempt> attempt(sqlite::Connection& connection, const base::AttemptId& id) {
  auto run = select_attempt(connection, "where job_id = ? and number = ?").run(id.job, id.number);
  if (!run.next()) return std::nullopt;
  return read_attempt(run);
}

std::vector<Attempt> attempts(sqlite::Connection& connection, base::JobId job) {
  std::vector<Attempt> all;
  auto run = select_attempt(connection, "where job_id = ? order by number").run(job);
  while (run.next()) all.push_back(read_attempt(run));
  return all;
}

std::optional<Firing> newest_firing(sqlite::Connection& connection, const base::ConnectionId& id) {
  auto run = connection
                 .statement(R"sql(
                   select created, started from job
                   where connection_id = ? and trigger = 'scheduled'
                     and status in ('succeeded', 'failed', 'cancelled')
                   order by id desc limit 1)sql")
                 .run(id);
  if (!run.next()) return std::nullopt;
  Firing firing{base::from_millis(run.integer(0)), std::nullopt};
  if (!run.null(1)) firing.started = base::from_millis(run.integer(1));
  return firing;
}

std::optional<base::WallTime> newest_end(sqlite::Connection& connection,
                                         const base::ConnectionId& id) {
  auto run = connection
                 .statement(R"sql(
                   select ended from job
                   where connection_id = ? and status in ('succeeded', 'failed', 'cancelled')
                   order by id desc limit 1)sql")
                 .run(id);
  if (!run.next()) return std::nullopt;
  return base::from_millis(run.integer(0));
}

std::optional<JobStatus> sync_before(sqlite::Connection& connection, const Job& job) {
  auto run = connection
                 .statement(R"sql(
                   select status from job
                   where connection_id = ? and status in ('succeeded', 'failed', 'cancelled')
                     and id < ? and kind = 'sync'
                   order by id desc limit 1)sql")
                 .run(job.connection, job.id);
  if (!run.next()) return std::nullopt;
  return job_status_named(run.text(0));
}

bool has_progress(sqlite::Connection& connection, const base::AttemptId& id) {
  auto run = connection
                 .statement(R"sql(
                   select 1
                   from attempt_stats
                   where job_id = ? and attempt = ? and records_committed + records_rejected > 0
                   limit 1)sql")
                 .run(id.job, id.number);
  return run.next();
}

void note(sqlite::Transaction& transaction, base::JobId job, std::optional<std::int64_t> attempt,
          std::string_view status, std::string_view cause, base::WallTime now) {
  transaction
      .statement(
          "insert into job_change (job_id, attempt, status, cause, at) values (?, ?, ?, ?, ?)")
      .execute(job, attempt, status, cause, base::to_millis(now));
}

std::vector<JobChange> history(sqlite::Connection& connection, base::JobId job) {
  std::vector<JobChange> changes;
  auto run =
      connection
          .statement(
              "select attempt, status, cause, at from job_change where job_id = ? order by id")
          .run(job);
  while (run.next())
    changes.push_back(
        {run.optional_integer(0), run.string(1), run.string(2), base::from_millis(run.integer(3))});
  return changes;
}

}  // namespace wharf::job::job_table
