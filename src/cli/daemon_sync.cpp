#include "cli/daemon_sync.h"

#include "cli/exit_code.h"
#include "cli/job_of.h"
#include "cli/listing.h"
#include "cli/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

namespace wharf::cli {
namespace {

using SyncJson = nlohmann::ordered_json;
using bookkeeper::StreamCounts;
using daemon::ConnectionRun;
using Phase = ConnectionRun::Phase;

constexpr std::chrono::milliseconds kLook{300};

bookkeeper::RunState run_state_of(const std::string& name) {
  using bookkeeper::RunState;
  for (const auto state :
       {RunState::running, RunState::rate_limited, RunState::complete, RunState::incomplete}) {
    if (bookkeeper::name_of(state) == name) return state;
  }
  return RunState::pending;
}

StreamCounts counts_of(const SyncJson& stream) {
  StreamCounts counts;
  counts.emitted = {stream.value("recordsEmitted", std::int64_t{0}),
                    stream.value("bytesEmitted", std::int64_t{0})};
  counts.committed = {stream.value("recordsCommitted", std::int64_t{0}),
                      stream.value("bytesCommitted", std::int64_t{0})};
  counts.rejected = stream.value("recordsRejected", std::int64_t{0});
  if (stream.contains("recordsEstimated")) {
    counts.rows_estimated = stream["recordsEstimated"].get<std::int64_t>();
  }
  if (stream.contains("bytesEstimated")) {
    counts.bytes_estimated = stream["bytesEstimated"].get<std::int64_t>();
  }
  if (stream.contains("checkpointAt")) {
    counts.checkpoint_at = time_of(stream["checkpointAt"].get<std::string>());
  }
  counts.state = run_state_of(stream.value("state", ""));
  if (stream.contains("incompleteCause")) {
    using bookkeeper::IncompleteCause;
    counts.incomplete_cause = stream.value("incompleteCause", "") == "canceled"
                                  ? IncompleteCause::cancelled
                                  : IncompleteCause::failed;
  }
  return counts;
}

std::shared_ptr<const bookkeeper::Progress> progress_of(const SyncJson& streams) {
  bookkeeper::AttemptProgress now;
  for (const auto& stream : streams) {
    protocol::StreamDescriptor name;
    name.name = printable(stream.value("name", ""));
    if (stream.contains("namespace")) name.name_space = printable(stream.value("namespace", ""));
    const auto counts = counts_of(stream);
    now.total.emitted += counts.emitted;
    now.total.committed += counts.committed;
    now.streams[name] = counts;
  }
  auto progress = std::make_shared<bookkeeper::Progress>();
  progress->with([&](auto& shown) { shown = std::move(now); });
  return progress;
}

Phase phase_of(const std::string& status) {
  if (status == "succeeded") return Phase::succeeded;
  if (status == "failed") return Phase::failed;
  if (status == "cancelled") return Phase::cancelled;
  return status == "running" ? Phase::running : Phase::waiting;
}

bool is_over(const SyncJson& job) {
  const auto phase = phase_of(job.value("status", ""));
  return phase == Phase::succeeded || phase == Phase::failed || phase == Phase::cancelled;
}

// A job that was asked for, as it goes on.
struct Asked {
  std::string connection;  // its id
  ConnectionRun run;
  std::int64_t job = 0;
  SyncJson now;
};

Asked ask(const DaemonClient& daemon, const std::string& name) {
  Asked asked;
  asked.run.name = name;
  const auto connection = daemon.get(std::string(kWharfApi) + "/connections/" + in_path(name));
  asked.connection = connection["connectionId"].get<std::string>();
  const SyncJson wish{{"connectionId", asked.connection}, {"jobType", "sync"}};
  const auto reply = daemon.ask("POST", std::string(kPublicApi) + "/jobs", wish.dump());
  if (reply.status == 409) {
    const auto error = error_of(reply);
    const bool inactive = connection.value("status", "") != "active";
    throw Failure(ErrorCode::conflict,
                  fmt::format("{}: {}{}", name, error.message,
                              inactive ? fmt::format(" `wharf resume {}` makes it active.", name)
                                       : fmt::format(" `wharf logs -f {}` follows it.", name)));
  }
  if (reply.status >= 300) throw Failure(error_of(reply));
  asked.job = SyncJson::parse(reply.body)["jobId"].get<std::int64_t>();
  asked.now = job_view(daemon, asked.job);
  return asked;
}

// A destination that knew later jobs gives a job another number.
void look(const DaemonClient& daemon, Asked& asked) {
  const auto reply = daemon.ask("GET", fmt::format("{}/jobs/{}", kWharfApi, asked.job));
  if (reply.status == 404) {
    asked.job = job_of(daemon, asked.connection);
    asked.now = job_view(daemon, asked.job);
  } else if (reply.status >= 300) {
    throw Failure(error_of(reply));
  } else {
    asked.now = SyncJson::parse(reply.body);
  }
  asked.run.phase = phase_of(asked.now.value("status", ""));
  if (!asked.now["tries"].empty()) {
    asked.run.progress = progress_of(asked.now["tries"].back()["streams"]);
  }
}

void say_waiting(const Asked& asked, std::string& said) {
  const auto status = asked.now.value("status", "");
  std::string why;
  if (asked.now.contains("waitsFor")) {
    why = asked.now.value("waitsFor", "");
  } else if (status == "incomplete") {
    why = fmt::format("{}; next try {}", asked.now.value("cause", ""),
                      asked.now.value("nextTryAt", ""));
  }
  if (why == said) return;
  said = why;
  if (!why.empty()) fmt::print(stderr, "{}: waits: {}\n", asked.run.name, printable(why));
}

void wait_for_all(const DaemonClient& daemon, std::vector<Asked>& all, Display& display,
                  bool quiet) {
  std::vector<std::string> said(all.size());
  const auto runs = [&] {
    std::vector<ConnectionRun> now;
    for (const auto& asked : all) now.push_back(asked.run);
    return now;
  };
  while (true) {
    bool over = true;
    for (std::size_t at = 0; at < all.size(); ++at) {
      if (!is_over(all[at].now)) look(daemon, all[at]);
      if (!quiet) say_waiting(all[at], said[at]);
      over = over && is_over(all[at].now);
    }
    display.show(runs());
    if (over) break;
    std::this_thread::sleep_for(kLook);
  }
  display.finish(runs());
}

void report(const Asked& asked, bool quiet) {
  const auto& job = asked.now;
  if (asked.run.phase == Phase::succeeded) {
    if (quiet) return;
    const auto span = time_of(job.value("endedAt", "")) - time_of(job.value("startedAt", ""));
    fmt::print("{}: done, {} rows ({}) in {}\n", asked.run.name,
               grouped(job.value("recordsCommitted", std::int64_t{0})),
               megabytes(job.value("bytesCommitted", std::int64_t{0})),
               duration(std::chrono::duration<double>(span).count()));
    return;
  }
  fmt::print(stderr, "{}: {}\n  {}\n  committed: {} rows\n  the log: wharf logs {}\n",
             asked.run.name, job.value("status", ""), printable(job.value("cause", "")),
             grouped(job.value("recordsCommitted", std::int64_t{0})), asked.job);
}

bool owns(const SyncJson& connections, const std::string& name) {
  return std::any_of(connections.begin(), connections.end(),
                     [&](const auto& each) { return each.value("name", "") == name; });
}

}  // namespace

int sync_by_daemon(const DaemonSync& wanted, Display& display) {
  const auto daemon = DaemonClient::find(wanted.place);
  std::vector<Asked> all;
  for (const auto& name : wanted.connections) all.push_back(ask(daemon, name));
  if (wanted.wait) wait_for_all(daemon, all, display, wanted.quiet || wanted.place.json);
  int code = kDone;
  SyncJson jobs = SyncJson::array();
  for (const auto& asked : all) {
    jobs.push_back(asked.now);
    const bool bad = wanted.wait && asked.run.phase != Phase::succeeded;
    if (bad) code = kFailed;
    if (wanted.place.json) continue;
    if (wanted.wait) {
      report(asked, wanted.quiet);
    } else if (!wanted.quiet) {
      fmt::print("{}: job {} is asked for; `wharf logs -f {}` follows it\n", asked.run.name,
                 asked.job, asked.job);
    }
  }
  if (wanted.place.json) show_json({{"jobs", jobs}});
  return code;
}

void leave_to_daemon(const declaration::Declaration& declaration,
                     const std::vector<std::string>& chosen, const std::string& data_dir) {
  if (!data_dir.empty()) return;
  const auto daemon = DaemonClient::find_if_any({});
  if (!daemon) return;
  const auto connections = daemon->get(std::string(kWharfApi) + "/connections")["connections"];
  const std::set<std::string> wanted(chosen.begin(), chosen.end());
  for (const auto& connection : declaration.connections) {
    if (!wanted.empty() && !wanted.contains(connection.name)) continue;
    if (!owns(connections, connection.name)) continue;
    throw Failure(ErrorCode::conflict,
                  fmt::format("connection '{}' belongs to the daemon that listens on {}: `wharf "
                              "sync {}` asks it to run; to run it here all the same, give this one "
                              "its own --data-dir",
                              connection.name, daemon->socket(), connection.name));
  }
}

Error with_advice(Error conflict, const std::string& data_dir) {
  if (conflict.code != ErrorCode::conflict) return conflict;
  DaemonPlace place;
  place.data_dir = data_dir;
  const auto daemon = DaemonClient::find_if_any(place);
  if (!daemon) return conflict;
  conflict.message += fmt::format(
      ". It is a daemon that has it: `wharf sync NAME{}` asks it to run, `wharf status{}` shows "
      "what it does",
      data_dir.empty() ? "" : " --data-dir " + data_dir,
      data_dir.empty() ? "" : " --data-dir " + data_dir);
  return conflict;
}

}  // namespace wharf::cli
