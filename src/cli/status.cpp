#include "base/clock.h"
#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/text_table.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wharf::cli {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

std::string api_path(const std::string& path) {
  return std::string(kWharfApi) + path;
}

std::string state_of(const Json& connection) {
  if (connection.contains("inactiveReason")) return "given up";
  const auto status = connection.value("status", "");
  if (status != "active" || !connection.contains("lastJob")) return status;
  const auto job = connection["lastJob"].value("status", "");
  return job == "succeeded" || job == "cancelled" ? "active" : job;
}

void print_connections(const Json& connections) {
  const auto now = base::SystemClock().wall();
  Rows rows;
  for (const auto& each : connections) {
    const Json job = each.value("lastJob", Json::object());
    rows.push_back(
        {printable(each.value("name", "")), state_of(each), schedule_words(each["schedule"]),
         job.empty()
             ? "never"
             : fmt::format("{} {}", job.value("status", ""),
                           when(job, job.contains("endedAt") ? "endedAt" : "createdAt", now)),
         job.empty() ? "" : grouped(job.value("recordsCommitted", std::int64_t{0})),
         when(each, "nextRun", now)});
  }
  show_table({"CONNECTION", "STATE", "SCHEDULE", "LAST JOB", "ROWS", "NEXT RUN"}, rows);
}

void print_running(const Json& running) {
  for (const auto& job : running) {
    fmt::print("\n{}: job {} runs\n", printable(job.value("connection", "")),
               job.value("jobId", 0));
    for (const auto& stream : job["streams"]) {
      fmt::print("  {:<28} {:>14} rows {:>14} committed  {}\n", printable(stream.value("name", "")),
                 grouped(stream.value("recordsEmitted", std::int64_t{0})),
                 grouped(stream.value("recordsCommitted", std::int64_t{0})),
                 stream.value("state", ""));
    }
  }
}

int status(const DaemonPlace& place) {
  const auto daemon = DaemonClient::find(place);
  auto now = daemon.get(api_path("/status"));
  const auto connections = daemon.get(api_path("/connections"))["connections"];
  if (place.json) {
    now["connectionList"] = connections;
    show_json(now);
    return kDone;
  }
  const auto& jobs = now["jobs"];
  fmt::print("wharf {} (pid {}), up {}, data in {}\n", now.value("version", ""),
             now.value("pid", 0), duration(now.value("uptimeSeconds", 0.0)),
             now.value("dataDirectory", ""));
  fmt::print("{} of at most {} syncs run, {} jobs wait\n", jobs.value("running", 0),
             now.value("syncsAtOnce", 0), jobs.value("waiting", 0));
  if (now.contains("hold")) {
    fmt::print("new syncs wait since {}: {}\n", now["hold"].value("since", ""),
               now["hold"].value("reason", ""));
  }
  if (now.contains("staleDeclarations")) {
    const auto& stale = now["staleDeclarations"];
    fmt::print("older declarations are in force since {}, the files have problems:\n  {}\n",
               stale.value("since", ""), printable(stale.value("problems", "")));
  }
  std::puts("");
  print_connections(connections);
  print_running(now["running"]);
  return kDone;
}

int connections(const DaemonPlace& place) {
  const auto all = DaemonClient::find(place).get(api_path("/connections"));
  if (place.json)
    show_json(all);
  else
    print_connections(all["connections"]);
  return kDone;
}

int ends(const DaemonPlace& place, const char* kind) {
  const auto all = DaemonClient::find(place).get(api_path(std::string("/") + kind));
  if (place.json) {
    show_json(all);
    return kDone;
  }
  Rows rows;
  for (const auto& each : all[kind]) {
    rows.push_back({printable(each.value("name", "")), printable(each.value("connector", "")),
                    std::to_string(each.value("connections", 0)), each.value("managedBy", ""),
                    each.value("id", "")});
  }
  show_table({"NAME", "CONNECTOR", "CONNECTIONS", "MANAGED BY", "ID"}, rows);
  return kDone;
}

int resume(const DaemonPlace& place, const std::string& name) {
  const auto now =
      DaemonClient::find(place).send("POST", api_path("/connections/" + in_path(name) + "/resume"));
  if (place.json)
    show_json(now);
  else
    fmt::print("{}: active\n", name);
  return kDone;
}

template <class Run>
CLI::App& add_plain(CLI::App& app, Action& action, const char* name, const char* summary, Run run) {
  auto place = std::make_shared<DaemonPlace>();
  auto* verb = app.add_subcommand(name, summary);
  add_daemon_options(*verb, *place);
  verb->callback([&action, place, run] { action = [place, run] { return run(*place); }; });
  return *verb;
}

}  // namespace

void add_status(CLI::App& app, Action& action) {
  add_plain(app, action, "status", "How the daemon and its connections are", status)
      .footer(
          "What runs, with its streams; when each connection ran last and runs next; why syncs "
          "wait, if they do.\n\nExamples:\n  wharf status\n  wharf status --json | jq "
          "'.running'\n\n"
          "Exit codes: 0 the daemon answered, 3 none answers.");
  add_plain(app, action, "connections", "List the daemon's connections", connections)
      .footer(
          "Examples:\n  wharf connections\n"
          "  wharf connections --json | jq -r '.connections[] | select(.inactiveReason) | "
          ".name'");
  add_plain(app, action, "sources", "List the daemon's sources",
            [](const DaemonPlace& place) { return ends(place, "sources"); });
  add_plain(app, action, "destinations", "List the daemon's destinations",
            [](const DaemonPlace& place) { return ends(place, "destinations"); });
  auto name = std::make_shared<std::string>();
  add_plain(app, action, "resume", "Make a connection active again",
            [name](const DaemonPlace& place) { return resume(place, *name); })
      .add_option("connection", *name, "its name")
      ->required();
}

}  // namespace wharf::cli
