#include "daemon/measures.h"

#include "daemon/store_measures.h"
#include "metrics/process.h"
#include "sqlite/statement.h"

#include <algorithm>

namespace wharf::daemon {
namespace {

using metrics::Exposition;

std::uint64_t unsigned_of(std::int64_t count) {
  return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

double bytes_of(const std::filesystem::path& file) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(file, missing);
  return missing ? 0 : static_cast<double>(size);
}

void add_files(Exposition& exposition, const std::filesystem::path& data_directory) {
  const auto store = data_directory / "wharf.db";
  exposition.gauge("wharf_db_size_bytes", "The store's file and its log.",
                   bytes_of(store) + bytes_of(store.string() + "-wal"));
  std::error_code failed;
  const auto space = std::filesystem::space(data_directory, failed);
  if (failed) return;
  exposition.gauge("wharf_data_dir_free_bytes", "Left for us on the data directory's disk.",
                   static_cast<double>(space.available));
}

void add_chores(Exposition& exposition, const Measures::ChoreCounts& chores) {
  exposition.counters("wharf_cron_runs_total", "How often the house's chores were done.");
  for (const auto& [name, count] : chores) {
    exposition.sample({{"task", name}, {"result", "succeeded"}},
                      unsigned_of(count.runs - count.failures));
    exposition.sample({{"task", name}, {"result", "failed"}}, unsigned_of(count.failures));
  }
  exposition.gauges("wharf_cron_last_run_timestamp_seconds", "When each was done last; 0: never.");
  const auto seconds = [](base::WallTime at) {
    return static_cast<double>(base::to_millis(at)) / 1000;
  };
  for (const auto& [name, count] : chores) {
    exposition.sample({{"task", name}, {"result", "succeeded"}}, seconds(count.last_success));
    exposition.sample({{"task", name}, {"result", "failed"}}, seconds(count.last_failed));
  }
}

}  // namespace

void Measures::begin(database::Database& database) {
  const auto last = database.read(
      [](sqlite::Connection& store) { return store.number("select ifnull(max(id), 0) from job"); });
  known_.with([&](Known& known) { known.last_job = last; });
}

void Measures::answered(const api::Answered& answer) {
  const std::string route(answer.pattern.empty() ? "none" : answer.pattern);
  const std::string method(api::name_of(answer.method));
  requests_.with({route, method, std::to_string(answer.status)}).add();
  request_times_.with({route, method}).observe(answer.took.count());
}

void Measures::late(std::chrono::milliseconds by) {
  lateness_.observe(std::chrono::duration<double>(by).count());
}

void Measures::started(const base::ConnectionId& connection,
                       std::shared_ptr<const bookkeeper::Progress> progress) {
  known_.with([&](Known& known) { known.syncs[connection].running = std::move(progress); });
}

void Measures::ended(const job::Job& job, const replication::AttemptReport& report,
                     base::WallTime now) {
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  for (const auto& [stage, took] : report.stages) {
    stages_.with({std::string(stage)}).observe(seconds(took));
  }
  for (const auto& exit : report.exits) {
    exits_.with({exit.connector, std::to_string(exit.status.code)}).add();
  }
  const auto& reasons = report.outcome.reasons;
  const bool failed = report.outcome.verdict == replication::Outcome::Verdict::failed;
  const bool has_cause = failed && !reasons.empty();
  known_.with([&](Known& known) {
    Syncs& syncs = known.syncs[job.connection];
    syncs.running.reset();
    add_moved(known, syncs, report.books.streams);
    syncs.states_saved += report.books.states_saved;
    const std::array<std::string, 3> attempt{
        std::string(replication::name_of(report.outcome.verdict)),
        std::string(has_cause ? bookkeeper::name_of(reasons.front().origin) : ""),
        std::string(has_cause ? bookkeeper::name_of(reasons.front().type) : "")};
    ++syncs.attempts[attempt];
    if (!job::is_terminal(job.status)) return;
    ++syncs.ended[{std::string(job::name_of(job.status)), std::string(job::name_of(job.trigger))}];
    syncs.took.observe(std::chrono::duration<double>(now - job.created).count());
  });
}

void Measures::saved(const base::ConnectionId& connection, std::chrono::nanoseconds took,
                     bool good) {
  known_.with([&](Known& known) {
    Syncs& syncs = known.syncs[connection];
    syncs.saves.observe(std::chrono::duration<double>(took).count());
    syncs.save_errors += good ? 0 : 1;
  });
}

void Measures::add_moved(Known& known, Syncs& syncs, const bookkeeper::Streams& streams) {
  for (const auto& [stream, counts] : streams) {
    auto at = syncs.streams.find(stream);
    if (at == syncs.streams.end()) {
      const bool full = known.streams >= kStreamsMost;
      known.streams += full ? 0 : 1;
      at = syncs.streams
               .try_emplace(full ? protocol::StreamDescriptor{std::nullopt, "other"} : stream)
               .first;
    }
    at->second.committed += counts.committed;
    at->second.rejected += counts.rejected;
  }
}

Measures::Streams Measures::moved_with_running(const Syncs& syncs) {
  Streams streams = syncs.streams;
  if (!syncs.running) return streams;
  syncs.running->with([&](const bookkeeper::AttemptProgress& progress) {
    for (const auto& [stream, counts] : progress.streams) {
      if (!streams.contains(stream) && streams.size() >= kStreamsMost) continue;
      streams[stream].committed += counts.committed;
      streams[stream].rejected += counts.rejected;
    }
  });
  return streams;
}

// Two scrapes at once may read the same jobs: the lock, under which nothing is read, sorts it out.
void Measures::count_new_jobs(sqlite::Connection& store) {
  const auto last = known_.with([](const Known& known) { return known.last_job; });
  std::vector<NewJob> jobs;
  auto run =
      store.statement("select id, kind, trigger from job where id > ? order by id").run(last);
  while (run.next()) jobs.push_back({run.integer(0), run.string(1), run.string(2)});
  known_.with([&](Known& known) {
    for (const auto& job : jobs) {
      if (job.id <= known.last_job) continue;
      known.last_job = job.id;
      ++known.created[{job.kind, job.trigger}];
    }
  });
}

std::string Measures::text(database::Database& database,
                           const std::filesystem::path& data_directory, const ChoreCounts& chores,
                           bool declarations_stand, base::WallTime now) {
  Exposition exposition;
  exposition.gauges("wharf_build_info", "Always 1; its labels say which build this is.");
  exposition.sample({{"version", WHARF_VERSION}}, 1.0);
  metrics::add_process(exposition);
  add_files(exposition, data_directory);
  add_requests(exposition);
  add_connectors(exposition);
  add_chores(exposition, chores);
  exposition.gauge("wharf_declarations_in_force",
                   "1: as they stand in the files; 0: those are wrong, older ones are.",
                   declarations_stand ? 1 : 0);
  std::optional<StoreStand> stand;
  try {
    stand = database.read([&](sqlite::Connection& store) {
      count_new_jobs(store);
      return read_stand(store);
    });
  } catch (const sqlite::SqliteError&) {
    // Whoever writes to the store says in the log why it does not answer.
  }
  if (stand) {
    add_stand(exposition, *stand, now);
    add_syncs(exposition, *stand);
  }
  exposition.gauge("wharf_store_up", "1: the store answers.", stand ? 1 : 0);
  return std::move(exposition).text();
}

void Measures::add_connectors(Exposition& exposition) const {
  exposition.counters("wharf_connector_exit_total", "How connectors of syncs have ended.");
  exits_.each([&](const auto& values, const metrics::Counter& count) {
    exposition.sample({{"image", values[0]}, {"code", values[1]}}, count.value());
  });
  exposition.histograms("wharf_workload_stage_duration_seconds",
                        "How long attempts waited, took to start, and ran.");
  stages_.each([&](const auto& values, const metrics::Histogram& times) {
    exposition.sample({{"stage", values[0]}}, times);
  });
}

void Measures::add_requests(Exposition& exposition) const {
  exposition.counters("wharf_api_requests_total", "Requests that have been answered.");
  requests_.each([&](const auto& values, const metrics::Counter& count) {
    exposition.sample({{"route", values[0]}, {"method", values[1]}, {"status", values[2]}},
                      count.value());
  });
  exposition.histograms("wharf_api_request_seconds", "How long their answers took to make.");
  request_times_.each([&](const auto& values, const metrics::Histogram& times) {
    exposition.sample({{"route", values[0]}, {"method", values[1]}}, times);
  });
  exposition.histograms("wharf_schedule_lateness_seconds",
                        "From when the first of some connections was due until their jobs stood.");
  exposition.sample({}, lateness_);
}

// The connections that the store knows, with their names; the others' counts go.
void Measures::add_syncs(Exposition& exposition, const StoreStand& stand) {
  known_.with([&](Known& known) {
    std::erase_if(known.syncs, [&](const auto& one) {
      return !one.second.running && !stand.connections.contains(one.first);
    });
    known.streams = 0;
    for (const auto& [id, syncs] : known.syncs) known.streams += syncs.streams.size();
    write_created(exposition, known);
    write_ended(exposition, known, stand);
    write_states(exposition, known, stand);
    write_moved(exposition, known, stand);
  });
}

template <class Write>
void Measures::each_named(const Known& known, const StoreStand& stand, Write write) {
  for (const auto& [id, syncs] : known.syncs) {
    const auto connection = stand.connections.find(id);
    if (connection != stand.connections.end()) write(connection->second.name, syncs);
  }
}

void Measures::write_created(Exposition& exposition, const Known& known) {
  exposition.counters("wharf_jobs_created_total", "Jobs that have been made.");
  for (const auto& [made, count] : known.created) {
    exposition.sample({{"type", made.first}, {"trigger", made.second}}, count);
  }
}

void Measures::write_ended(Exposition& exposition, const Known& known, const StoreStand& stand) {
  exposition.counters("wharf_syncs_total", "Syncs that have ended, their retries included.");
  each_named(known, stand, [&](const std::string& name, const Syncs& syncs) {
    for (const auto& [how, count] : syncs.ended) {
      exposition.sample({{"connection", name}, {"status", how.first}, {"trigger", how.second}},
                        count);
    }
  });
  exposition.counters("wharf_attempts_total", "Tries at jobs that have ended.");
  each_named(known, stand, [&](const std::string& name, const Syncs& syncs) {
    for (const auto& [how, count] : syncs.attempts) {
      exposition.sample({{"connection", name},
                         {"result", how[0]},
                         {"failure_origin", how[1]},
                         {"failure_type", how[2]}},
                        count);
    }
  });
  exposition.histograms("wharf_sync_duration_seconds", "From a job's making to its end.");
  each_named(known, stand, [&](const std::string& name, const Syncs& syncs) {
    if (!syncs.ended.empty()) exposition.sample({{"connection", name}}, syncs.took);
  });
}

void Measures::write_states(Exposition& exposition, const Known& known, const StoreStand& stand) {
  exposition.counters("wharf_state_acked_total", "States that are confirmed and stored.");
  each_named(known, stand, [&](const std::string& name, const Syncs& syncs) {
    std::int64_t saved = syncs.states_saved;
    if (syncs.running) {
      saved += syncs.running->with([](const auto& progress) { return progress.states_saved; });
    }
    exposition.sample({{"connection", name}}, unsigned_of(saved));
  });
  exposition.histograms("wharf_state_flush_seconds", "How long the store took to take them.");
  each_named(known, stand, [&](const std::string& name, const Syncs& syncs) {
    exposition.sample({{"connection", name}}, syncs.saves);
  });
  exposition.counters("wharf_state_flush_errors_total", "How often it did not take them.");
  each_named(known, stand, [&](const std::string& name, const Syncs& syncs) {
    exposition.sample({{"connection", name}}, syncs.save_errors);
  });
}

void Measures::write_moved(Exposition& exposition, const Known& known, const StoreStand& stand) {
  std::vector<std::pair<std::string, Streams>> moved;
  each_named(known, stand, [&](const std::string& name, const Syncs& syncs) {
    moved.emplace_back(name, moved_with_running(syncs));
  });
  const auto add = [&](std::string_view name, std::string_view help, auto value) {
    exposition.counters(name, help);
    for (const auto& [connection, streams] : moved) {
      for (const auto& [stream, counts] : streams) {
        exposition.sample({{"connection", connection},
                           {"namespace", stream.name_space.value_or("")},
                           {"stream", stream.name}},
                          unsigned_of(value(counts)));
      }
    }
  };
  add("wharf_records_committed_total", "Rows that destinations have confirmed.",
      [](const Moved& counts) { return counts.committed.rows; });
  add("wharf_bytes_committed_total", "Their bytes, as the source sent them.",
      [](const Moved& counts) { return counts.committed.bytes; });
  add("wharf_records_rejected_total", "Rows that destinations have not taken.",
      [](const Moved& counts) { return counts.rejected; });
}

}  // namespace wharf::daemon
