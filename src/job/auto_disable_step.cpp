#include "job/auto_disable_step.h"

#include "connection/connection_table.h"
#include "job/event_table.h"
#include "sqlite/statement.h"

namespace wharf::job {
namespace {

constexpr std::string_view kDisabled = "connection_disabled";
constexpr std::string_view kWarned = "connection_disable_warning";

struct Record {
  FailureStreak streak;
  base::WallTime previous;  // when the failed job before the last one ended
};

// Since the last success, or since it was given up and made active again.
Record record_of(sqlite::Connection& connection, const base::ConnectionId& id) {
  Record record;
  auto after = connection
                   .statement(R"sql(
                     select coalesce(max(id), 0), max(created) from job
                     where connection_id = ?1 and status in ('succeeded', 'failed', 'cancelled')
                       and +status = 'succeeded' and kind = 'sync'
                       and id > (select coalesce(max(job_id), 0) from event
                                 where connection_id = ?1 and kind = ?2))sql")
                   .run(id, kDisabled);
  after.next();
  const auto success = after.integer(0);
  const auto succeeded = after.optional_integer(1);
  auto streak = connection
                    .statement(R"sql(
                      select sum(status = 'failed'), min(created),
                        (select ended from job
                         where connection_id = ?1 and status in ('succeeded', 'failed', 'cancelled')
                           and +status = 'failed' and kind = 'sync'
                         order by id desc limit 1 offset 1)
                      from job
                      where connection_id = ?1 and status in ('succeeded', 'failed', 'cancelled')
                        and id > ?2 and kind = 'sync'
                        and id > (select coalesce(max(job_id), 0) from event
                                  where connection_id = ?1 and kind = ?3))sql")
                    .run(id, success, kDisabled);
  streak.next();
  record.streak.failed_jobs = streak.integer(0);
  record.streak.since = base::from_millis(succeeded.value_or(streak.integer(1)));
  record.previous = base::from_millis(streak.integer(2));
  return record;
}

}  // namespace

AutoDisable disable_if_hopeless(sqlite::Transaction& transaction, const Job& job,
                                const AutoDisablePolicy& policy, base::WallTime now) {
  namespace table = connection::connection_table;
  if (job.status != JobStatus::failed || job.kind != JobKind::sync) return AutoDisable::nothing;
  const auto timing = table::timing(transaction, job.connection);
  if (!timing || timing->status != connection::ConnectionStatus::active) {
    return AutoDisable::nothing;
  }
  const auto record = record_of(transaction, job.connection);
  const auto verdict = judge(record.streak, now, record.previous, policy);
  if (verdict == AutoDisable::nothing) return verdict;
  const bool disable = verdict == AutoDisable::disable;
  if (disable) table::disable(transaction, job.connection, kTooManyFailedJobs, now);
  event_table::add(transaction, {std::string(disable ? kDisabled : kWarned), job.connection, job.id,
                                 explain(record.streak, now), now});
  return verdict;
}

}  // namespace wharf::job
