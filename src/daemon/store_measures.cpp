#include "daemon/store_measures.h"

#include "sqlite/statement.h"
#include "workload/workload_queue.h"

#include <set>

namespace wharf::daemon {
namespace {

constexpr double kMillis = 1000.0;

std::optional<base::WallTime> time_in(const sqlite::Run& run, int column) {
  if (run.null(column)) return std::nullopt;
  return base::from_millis(run.integer(column));
}

double seconds(base::WallTime time) {
  return static_cast<double>(base::to_millis(time)) / kMillis;
}

double age(const std::optional<base::WallTime>& since, base::WallTime now) {
  return since && *since < now ? seconds(now) - seconds(*since) : 0;
}

// The last success of each connection is found from its newest job backwards, on the index.
void read_connections(sqlite::Connection& store, StoreStand& stand) {
  auto run =
      store
          .statement(
              "with last as ("
              "  select id, name, status,"
              "         (select at from due where connection_id = connection.id) as next_run,"
              "         (select max(job.id) from job"
              "          where connection_id = connection.id and +job.status = 'succeeded'"
              "          and job.status in ('succeeded', 'failed', 'cancelled'))"
              "           as success"
              "  from connection) "
              "select id, name, status = 'active', next_run,"
              "       (select ended from job where job.id = success),"
              "       (select count(*) from job where connection_id = last.id"
              "        and job.status in ('succeeded', 'failed', 'cancelled')"
              "        and job.id > ifnull(success, 0) and +job.status = 'failed') "
              "from last")
          .run();
  std::set<std::string> names;
  while (run.next()) {
    const std::string id = run.string(0);
    std::string name = run.string(1);
    // Two samples with the same labels void a whole scrape.
    if (!names.insert(name).second) name += " (" + id + ")";
    stand.connections.emplace(base::ConnectionId{id},
                              ConnectionStand{std::move(name), run.integer(2) != 0, time_in(run, 3),
                                              time_in(run, 4), run.integer(5)});
  }
}

// A question to a connector is a job too: its row is the queued workload.
void read_jobs(sqlite::Connection& store, StoreStand& stand) {
  for (const char* kind : {"sync", "clear", "check", "discover", "spec"}) {
    stand.pending[kind] = stand.running[kind] = {};
  }
  auto run = store
                 .statement(R"sql(
                   select kind, status = 'running', count(*), min(created) from job
                   where status in ('pending', 'running', 'incomplete')
                   group by 1, 2
                   union all
                   select type, status <> 'pending', count(*), min(created) from queued_workload
                   where deadline is not null and dataplane_group = ?
                   group by 1, 2)sql")
                 .run(workload::kOwnGroup);
  while (run.next()) {
    auto& jobs = run.integer(1) != 0 ? stand.running : stand.pending;
    jobs[run.string(0)] = {run.integer(2), time_in(run, 3)};
  }
}

void read_queue(sqlite::Connection& store, StoreStand& stand) {
  stand.queued = {{"default", 0}, {"high", 0}};
  for (const auto& depth : workload::workload_queue::stats(store)) {
    stand.queued[depth.priority == workload::Priority::high ? "high" : "default"] += depth.count;
  }
}

void read_checkpoints(sqlite::Connection& store, StoreStand& stand) {
  auto run = store
                 .statement(
                     "select connection_id, namespace, stream, updated from checkpoint "
                     "where stream <> ''")
                 .run();
  while (run.next()) {
    stand.checkpoints.push_back({base::ConnectionId{run.string(0)}, run.string(1), run.string(2),
                                 base::from_millis(run.integer(3))});
  }
}

void add_jobs(metrics::Exposition& exposition, const StoreStand& stand, base::WallTime now) {
  const auto add = [&](std::string_view name, std::string_view help, const auto& jobs, auto value) {
    exposition.gauges(name, help);
    for (const auto& [kind, stands] : jobs) exposition.sample({{"type", kind}}, value(stands));
  };
  const auto count = [](const JobsStand& jobs) { return static_cast<double>(jobs.count); };
  const auto oldest = [&](const JobsStand& jobs) { return age(jobs.oldest, now); };
  add("wharf_jobs_pending", "Jobs that wait to begin or to be tried again.", stand.pending, count);
  add("wharf_jobs_running", "Jobs with a running attempt.", stand.running, count);
  add("wharf_oldest_pending_job_age_seconds", "Since the oldest waiting job was made.",
      stand.pending, oldest);
  add("wharf_oldest_running_job_age_seconds", "Since the oldest running job was made.",
      stand.running, oldest);
  exposition.gauges("wharf_workload_queue_size", "Workloads that no launcher has claimed.");
  for (const auto& [priority, size] : stand.queued) {
    exposition.sample({{"priority", priority}}, static_cast<double>(size));
  }
}

// One family: a sample for each connection of which `value` knows something.
template <class Value>
void add_each(metrics::Exposition& exposition, const StoreStand& stand, std::string_view name,
              std::string_view help, Value value) {
  exposition.gauges(name, help);
  for (const auto& [id, connection] : stand.connections) {
    const std::optional<double> known = value(connection);
    if (known) exposition.sample({{"connection", connection.name}}, *known);
  }
}

void add_connections(metrics::Exposition& exposition, const StoreStand& stand) {
  using Known = std::optional<double>;
  const auto moment = [](const std::optional<base::WallTime>& time) {
    return time ? Known(seconds(*time)) : Known();
  };
  add_each(exposition, stand, "wharf_connection_enabled", "1: active, 0: inactive.",
           [](const ConnectionStand& one) { return Known(one.enabled ? 1 : 0); });
  add_each(exposition, stand, "wharf_connection_next_run_timestamp_seconds",
           "When it is due; no sample: never, or while a job of it has not ended.",
           [&](const ConnectionStand& one) { return moment(one.next_run); });
  add_each(exposition, stand, "wharf_connection_last_success_timestamp_seconds",
           "When its last job that succeeded ended.",
           [&](const ConnectionStand& one) { return moment(one.last_success); });
  add_each(exposition, stand, "wharf_connection_consecutive_failures",
           "Its jobs that have failed since.", [](const ConnectionStand& one) {
             return Known(static_cast<double>(one.failures_in_a_row));
           });
}

void add_checkpoints(metrics::Exposition& exposition, const StoreStand& stand) {
  exposition.gauges("wharf_stream_checkpoint_timestamp_seconds",
                    "When the stream's last state was confirmed and stored.");
  for (const auto& checkpoint : stand.checkpoints) {
    const auto connection = stand.connections.find(checkpoint.connection);
    if (connection == stand.connections.end()) continue;
    exposition.sample({{"connection", connection->second.name},
                       {"namespace", checkpoint.space},
                       {"stream", checkpoint.stream}},
                      seconds(checkpoint.at));
  }
}

}  // namespace

StoreStand read_stand(sqlite::Connection& store) {
  StoreStand stand;
  read_connections(store, stand);
  read_jobs(store, stand);
  read_queue(store, stand);
  read_checkpoints(store, stand);
  return stand;
}

void add_stand(metrics::Exposition& exposition, const StoreStand& stand, base::WallTime now) {
  add_jobs(exposition, stand, now);
  add_connections(exposition, stand);
  add_checkpoints(exposition, stand);
}

}  // namespace wharf::daemon
