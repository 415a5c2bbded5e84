#include "bookkeeper/stats_table.h"

#include "sqlite/statement.h"

namespace wharf::bookkeeper::stats_table {
namespace {

std::optional<IncompleteCause> cause_from(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  return *name == name_of(IncompleteCause::cancelled) ? IncompleteCause::cancelled
                                                      : IncompleteCause::failed;
}

RunState run_state_from(std::string_view name) {
  for (auto state :
       {RunState::running, RunState::rate_limited, RunState::complete, RunState::incomplete})
    if (name == name_of(state)) return state;
  return RunState::pending;
}

// The attempt has ended, with a crash if its books do not know of it: no stream of it runs.
void end_with_attempt(StreamCounts& counts) {
  if (counts.state == RunState::complete || counts.state == RunState::incomplete) return;
  counts.state = RunState::incomplete;
  counts.quota_reset.reset();
  counts.incomplete_cause = IncompleteCause::failed;
}

}  // namespace

void put(sqlite::Transaction& transaction, const base::AttemptId& attempt, const Streams& streams,
         base::WallTime now) {
  for (const auto& [stream, counts] : streams) {
    const auto space = stream.name_space.value_or("");
    std::optional<std::string> cause;
    if (counts.incomplete_cause) cause = name_of(*counts.incomplete_cause);
    transaction
        .statement(R"sql(
          insert or replace into attempt_stats
            (job_id, attempt, namespace, stream, records_emitted, bytes_emitted, records_committed,
             bytes_committed, records_filtered, records_rejected, records_estimated,
             bytes_estimated)
          values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql")
        .execute(attempt.job, attempt.number, space, stream.name, counts.emitted.rows,
                 counts.emitted.bytes, counts.committed.rows, counts.committed.bytes,
                 counts.filtered, counts.rejected, counts.rows_estimated, counts.bytes_estimated);
    transaction
        .statement(R"sql(
          insert into stream_status
            (job_id, attempt, namespace, stream, run_state, quota_reset, incomplete_cause, at)
          values (?, ?, ?, ?, ?, ?, ?, ?)
          on conflict (job_id, attempt, namespace, stream) do update set
            run_state = excluded.run_state, quota_reset = excluded.quota_reset,
            incomplete_cause = excluded.incomplete_cause, at = excluded.at
          where run_state <> excluded.run_state or quota_reset is not excluded.quota_reset
            or incomplete_cause is not excluded.incomplete_cause)sql")
        .execute(attempt.job, attempt.number, space, stream.name, name_of(counts.state),
                 counts.quota_reset, cause, base::to_millis(now));
  }
}

Streams get(sqlite::Connection& connection, const base::AttemptId& attempt) {
  Streams streams;
  auto run = connection
                 .statement(R"sql(
                   select namespace, stream, records_emitted, bytes_emitted, records_committed,
                     bytes_committed, records_filtered, records_rejected, records_estimated,
                     bytes_estimated, run_state, quota_reset, incomplete_cause,
                     (select status from attempt
                      where attempt.job_id = attempt_stats.job_id and number = attempt)
                   from attempt_stats
                   join stream_status using (job_id, attempt, namespace, stream)
                   where job_id = ? and attempt = ?)sql")
                 .run(attempt.job, attempt.number);
  while (run.next()) {
    protocol::StreamDescriptor stream;
    if (!run.text(0).empty()) stream.name_space = run.string(0);
    stream.name = run.string(1);
    auto& counts = streams[stream];
    counts.emitted = {run.integer(2), run.integer(3)};
    counts.committed = {run.integer(4), run.integer(5)};
    counts.filtered = run.integer(6);
    counts.rejected = run.integer(7);
    counts.rows_estimated = run.optional_integer(8);
    counts.bytes_estimated = run.optional_integer(9);
    counts.state = run_state_from(run.text(10));
    counts.quota_reset = run.optional_integer(11);
    counts.incomplete_cause = cause_from(run.optional_string(12));
    if (run.text(13) != "running") end_with_attempt(counts);
  }
  return streams;
}

}  // namespace wharf::bookkeeper::stats_table
