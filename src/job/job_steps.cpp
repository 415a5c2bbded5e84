#include "job/job_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "checkpoint/checkpoint_table.h"
#include "checkpoint/generation_table.h"
#include "connection/connection_table.h"
#include "job/clear_request_table.h"
#include "job/job_table.h"

namespace wharf::job {

Wish wish_of(const connection::Connection& connection, Trigger trigger) {
  return {connection.id,
          trigger,
          {connection.config_hash, connection.catalog, connection.resumable_full_refresh,
           connection.settings}};
}

namespace job_steps {
namespace {

namespace generation_table = checkpoint::generation_table;
using protocol::ConfiguredStream;
using protocol::DestinationSyncMode;
using protocol::StreamDescriptor;

/// Whether what the stream has of the job so far is of no use to its next attempt, or whether there
/// is nothing yet: then a new generation begins (sync-semantics 2.4). One that is complete gets a
/// number that nobody uses: that it is complete, only its destination can say.
bool begins_generation(const Job& job, const base::AttemptId& attempt,
                       const ConfiguredStream& stream) {
  if (stream.sync_mode != protocol::SyncMode::full_refresh) return false;
  if (attempt.number == 0) return true;
  return !(job.config.resumable_full_refresh && stream.stream.is_resumable);
}

bool truncates(const ConfiguredStream& stream) {
  return stream.destination_sync_mode == DestinationSyncMode::overwrite ||
         stream.destination_sync_mode == DestinationSyncMode::overwrite_dedup;
}

base::JobId add(sqlite::Transaction& transaction, Wish wish, base::WallTime now) {
  auto kind = JobKind::sync;
  if (auto cleared = clear_request_table::get(transaction, wish.connection)) {
    kind = JobKind::clear;
    wish.config.catalog = std::move(*cleared);
    wish.config.resumable_full_refresh = false;
  }
  std::optional<base::JobId> number;
  if (kind == JobKind::clear)
    number = clear_request_table::take_number(transaction, wish.connection);
  const auto id =
      job_table::insert(transaction, wish.connection, wish.trigger, wish.config, kind, now, number);
  job_table::note(transaction, id, std::nullopt, name_of(JobStatus::pending),
                  wish.trigger == Trigger::manual ? "asked for" : "due by its schedule", now);
  return id;
}

void begin_clear_if_asked(sqlite::Transaction& transaction, const base::ConnectionId& id,
                          base::WallTime now) {
  if (!clear_request_table::get(transaction, id)) return;
  const auto connection = connection::connection_table::get(transaction, id);
  if (connection) add(transaction, wish_of(*connection, Trigger::manual), now);
}

// A clear that somebody asked for while another job ran begins with that job's end. One that failed
// is not begun anew here, or there would be no end of it.
void after_end(sqlite::Transaction& transaction, const Job& job, base::WallTime now) {
  if (job.kind == JobKind::sync) {
    begin_clear_if_asked(transaction, job.connection, now);
  } else if (job.status != JobStatus::failed) {
    clear_request_table::remove(transaction, job.connection);
  }
}

void move(sqlite::Transaction& transaction, Job& job, const JobStep& next,
          std::optional<std::int64_t> attempt, std::string_view cause, base::WallTime now) {
  job.status = next.status;
  job.retries = next.retries;
  if (next.next_try) job.next_try = *next.next_try;
  job_table::update(transaction, job, now);
  job_table::note(transaction, job.id, attempt, name_of(job.status), cause, now);
  if (is_terminal(job.status)) after_end(transaction, job, now);
}

// A clear whose turn has not come yet has no job: it gets one that is cancelled.
Result<Job> call_off_clear(sqlite::Transaction& transaction, base::JobId id, base::WallTime now) {
  const auto waiting = clear_request_table::waiting(transaction, id);
  if (!waiting) return Error{ErrorCode::not_found, fmt::format("there is no job {}", id.value)};
  auto catalog = clear_request_table::get(transaction, waiting->connection);
  const auto connection =
      connection::connection_table::get(transaction, waiting->connection).value();
  auto config = wish_of(connection, Trigger::manual).config;
  config.catalog = std::move(*catalog);
  clear_request_table::remove(transaction, waiting->connection);
  job_table::insert(transaction, waiting->connection, Trigger::manual, config, JobKind::clear, now,
                    id, JobStatus::cancelled);
  auto job = job_table::get(transaction, id).value();
  job_table::update(transaction, job, now);
  job_table::note(transaction, id, std::nullopt, name_of(job.status), "cancelled", now);
  return job;
}

Error already_active(const Job& job) {
  return {ErrorCode::conflict,
          fmt::format("the connection has a job that has not ended: job {} is {}", job.id.value,
                      name_of(job.status))};
}

Result<ClaimedJob> open_attempt(sqlite::Transaction& transaction, Job job, base::WallTime now,
                                const Also& also) {
  auto next = step(job, AttemptStarted{}, RetryPolicy{}, now);
  if (!next) return next.error();
  if (is_terminal(job.status))
    return Error{ErrorCode::conflict,
                 fmt::format("job {} has {}", job.id.value, name_of(job.status))};
  const base::AttemptId attempt{
      job.id, static_cast<std::int64_t>(job_table::attempts(transaction, job.id).size())};
  job_table::insert_attempt(transaction, attempt, now);
  move(transaction, job, *next, attempt.number, "attempt started", now);

  std::vector<StreamDescriptor> begun;
  for (const auto& stream : job.config.catalog.streams) {
    if (!begins_generation(job, attempt, stream)) continue;
    generation_table::bump(transaction, job.connection, stream.stream.descriptor, job.id,
                           truncates(stream));
    begun.push_back(stream.stream.descriptor);
  }
  checkpoint::checkpoint_table::remove(transaction, job.connection, begun);
  // What is cleared must not come back with a shared state that a destination still has.
  if (job.kind == JobKind::clear)
    generation_table::raise_epoch(transaction, job.connection, checkpoint::kGlobalStream);

  auto claimed = load(transaction, attempt);
  if (also) also(transaction, claimed);
  return claimed;
}

}  // namespace

ClaimedJob load(sqlite::Connection& connection, const base::AttemptId& attempt) {
  auto job = job_table::get(connection, attempt.job);
  WHARF_CHECK(job.has_value());
  ClaimedJob claimed;
  claimed.attempt = attempt;
  for (const auto& stream : job->config.catalog.streams)
    claimed.counters.push_back(
        generation_table::get(connection, job->connection, stream.stream.descriptor));
  claimed.global = generation_table::get(connection, job->connection, checkpoint::kGlobalStream);
  claimed.job = std::move(*job);
  return claimed;
}

Result<base::JobId> enqueue(sqlite::Transaction& transaction, const Wish& wish,
                            base::WallTime now) {
  if (const auto active = job_table::active(transaction, wish.connection))
    return already_active(*active);
  return add(transaction, wish, now);
}

std::int64_t enqueue_due(sqlite::Transaction& transaction, base::WallTime now) {
  const auto made = job_table::insert_due(transaction, now);
  connection::connection_table::clear_due(transaction, now);
  return made;
}

Result<base::JobId> enqueue_or_resume(sqlite::Transaction& transaction, const Wish& wish,
                                      base::WallTime now) {
  auto active = job_table::active(transaction, wish.connection);
  if (!active) return add(transaction, wish, now);
  if (active->status == JobStatus::running || active->kind == JobKind::clear)
    return already_active(*active);
  if (active->config.config_hash == wish.config.config_hash) {
    auto next = step(*active, Asked{}, RetryPolicy{}, now);
    if (!next) return next.error();
    move(transaction, *active, *next, std::nullopt, "asked for again", now);
    return active->id;
  }
  auto next = step(*active, Cancelled{}, RetryPolicy{}, now);
  if (!next) return next.error();
  move(transaction, *active, *next, std::nullopt, "its declaration has changed", now);
  if (const auto clear = job_table::active(transaction, wish.connection))
    return already_active(*clear);
  return add(transaction, wish, now);
}

std::optional<ClaimedJob> claim_due(sqlite::Transaction& transaction, base::WallTime now,
                                    const Also& also) {
  auto job = job_table::due(transaction, now);
  if (!job) return std::nullopt;
  return open_attempt(transaction, std::move(*job), now, also).value();  // due: it is waiting
}

Result<ClaimedJob> claim(sqlite::Transaction& transaction, base::JobId id, base::WallTime now,
                         const Also& also) {
  auto job = job_table::get(transaction, id);
  if (!job) return Error{ErrorCode::not_found, fmt::format("there is no job {}", id.value)};
  return open_attempt(transaction, std::move(*job), now, also);
}

base::AttemptId settle(sqlite::Transaction& transaction, const base::AttemptId& attempt,
                       const checkpoint::StartPlan& plan, base::WallTime now) {
  auto job = job_table::get(transaction, attempt.job);
  WHARF_CHECK(job.has_value());
  for (const auto& stream : plan.raise.streams)
    generation_table::raise_to(transaction, job->connection, stream.stream, stream.generation,
                               stream.epoch);
  generation_table::edits_given(transaction, job->connection);

  auto settled = attempt;
  if (plan.raise.job_at_least) {
    settled.job = job_table::renumber(transaction, attempt.job, *plan.raise.job_at_least);
    job_table::note(transaction, settled.job, settled.number, name_of(job->status),
                    fmt::format("was job {}: its destination knew later ones", attempt.job.value),
                    now);
  }
  if (!job->settled) {
    generation_table::job_begins(transaction, job->connection, settled.job);
    job_table::mark_settled(transaction, settled.job);
  }
  return settled;
}

Result<Job> finish(sqlite::Transaction& transaction, const base::AttemptId& id,
                   const AttemptEnd& end, const RetryPolicy& policy, base::WallTime now) {
  const auto attempt = job_table::attempt(transaction, id);
  if (!attempt || attempt->status != AttemptStatus::running)
    return Error{ErrorCode::conflict,
                 fmt::format("attempt {} is not running", base::to_string(id))};
  auto job = job_table::get(transaction, id.job);
  WHARF_CHECK(job.has_value());

  const bool succeeded = end.how == AttemptEnd::How::succeeded;
  job_table::end_attempt(transaction, id,
                         succeeded ? AttemptStatus::succeeded : AttemptStatus::failed, end.failures,
                         now);
  JobEvent event = end.failed;
  if (succeeded) event = AttemptSucceeded{};
  if (end.how == AttemptEnd::How::cancelled || job->cancel_asked) event = Cancelled{};
  auto next = step(*job, event, policy, now);
  if (!next) return next.error();
  move(transaction, *job, *next, id.number, end.cause, now);
  return *job;
}

Result<Job> request_cancel(sqlite::Transaction& transaction, base::JobId id, base::WallTime now) {
  auto job = job_table::get(transaction, id);
  if (!job) return call_off_clear(transaction, id, now);
  if (is_terminal(job->status))
    return Error{ErrorCode::conflict,
                 fmt::format("job {} is not running: it has {}", id.value, name_of(job->status))};
  if (job->status == JobStatus::running) {
    job_table::ask_cancel(transaction, id, now);
    job->cancel_asked = true;
    return *job;
  }
  auto next = step(*job, Cancelled{}, RetryPolicy{}, now);
  if (!next) return next.error();
  move(transaction, *job, *next, std::nullopt, "cancelled", now);
  return *job;
}

base::JobId request_clear(sqlite::Transaction& transaction, const base::ConnectionId& id,
                          protocol::ConfiguredCatalog catalog, base::WallTime now) {
  auto active = job_table::active(transaction, id);
  if (active && active->kind == JobKind::clear) return active->id;
  for (auto& stream : catalog.streams) {
    stream.sync_mode = protocol::SyncMode::full_refresh;
    stream.destination_sync_mode = DestinationSyncMode::overwrite;
    stream.cursor_field.clear();
  }
  clear_request_table::put(transaction, id, catalog, now);
  if (active) {
    request_cancel(transaction, active->id, now).value();  // active: it has not ended
  } else {
    begin_clear_if_asked(transaction, id, now);
  }
  active = job_table::active(transaction, id);
  if (active && active->kind == JobKind::clear) return active->id;
  return clear_request_table::reserve_number(transaction, id);
}

Result<void> cancel(sqlite::Transaction& transaction, base::JobId id, std::string_view cause,
                    base::WallTime now) {
  auto job = job_table::get(transaction, id);
  if (!job) return Error{ErrorCode::not_found, fmt::format("there is no job {}", id.value)};
  if (is_terminal(job->status)) return {};
  if (job->status == JobStatus::running)
    return Error{ErrorCode::conflict,
                 fmt::format("job {} is running: its attempt has to be ended first", id.value)};
  auto next = step(*job, Cancelled{}, RetryPolicy{}, now);
  if (!next) return next.error();
  move(transaction, *job, *next, std::nullopt, cause, now);
  return {};
}

std::vector<base::AttemptId> recover(sqlite::Transaction& transaction, const RetryPolicy& policy,
                                     base::WallTime now, const Explain& explain) {
  std::vector<base::AttemptId> ended;
  if (!policy.by_itself) job_table::let_waiting_wait(transaction);
  for (const auto& job : job_table::with_status(transaction, JobStatus::running)) {
    for (const auto& attempt : job_table::attempts(transaction, job.id)) {
      if (attempt.status != AttemptStatus::running) continue;
      AttemptEnd end;
      end.failed.by_restart = true;
      end.failed.progress = job_table::has_progress(transaction, attempt.id);
      end.cause = "ended by a restart of wharf";
      end.failures = explain(attempt.id, end.failed.progress);
      if (finish(transaction, attempt.id, end, policy, now)) ended.push_back(attempt.id);
    }
  }
  return ended;
}

}  // namespace job_steps
}  // namespace wharf::job
