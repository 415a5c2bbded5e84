#include "cli/job_of.h"

#include "base/clock.h"
#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/text_table.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace wharf::cli {

using JobJson = nlohmann::ordered_json;

bool is_job_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t job_of(const DaemonClient& daemon, const std::string& job_or_name) {
  if (is_job_number(job_or_name)) return std::stoll(job_or_name);
  const auto connection =
      daemon.get(std::string(kWharfApi) + "/connections/" + in_path(job_or_name));
  if (connection.contains("lastJob")) return connection["lastJob"]["jobId"].get<std::int64_t>();
  throw Failure(ErrorCode::not_found,
                fmt::format("connection '{}' has never had a job; ask for one with `wharf sync {}`",
                            job_or_name, job_or_name));
}

JobJson job_view(const DaemonClient& daemon, std::int64_t job) {
  return daemon.get(fmt::format("{}/jobs/{}", kWharfApi, job));
}

namespace {

struct JobsOptions {
  DaemonPlace place;
  std::string of;
  std::string status;
  int limit = 20;
};

void print_job(const JobJson& job) {
  fmt::print("job {} of '{}': {} ({})\n", job.value("jobId", 0),
             printable(job.value("connection", "")), job.value("status", ""),
             printable(job.value("cause", "")));
  if (job.contains("waitsFor")) fmt::print("waits: {}\n", job.value("waitsFor", ""));
  if (job.contains("nextTryAt")) fmt::print("next try: {}\n", job.value("nextTryAt", ""));
  for (const auto& attempt : job["tries"]) {
    fmt::print("\nattempt {}: {} {}\n", attempt.value("attempt", 0), attempt.value("status", ""),
               attempt.value("mode", ""));
    for (const auto& stream : attempt["streams"]) {
      fmt::print("  {:<28} {:>14} rows committed  {}\n", printable(stream.value("name", "")),
                 grouped(stream.value("recordsCommitted", std::int64_t{0})),
                 stream.value("state", ""));
    }
  }
  std::puts("");
  std::vector<std::vector<std::string>> rows;
  for (const auto& change : job["history"]) {
    rows.push_back(
        {change.value("at", ""), change.value("status", ""), printable(change.value("cause", ""))});
  }
  show_table({"AT", "BECAME", "BECAUSE"}, rows);
}

int list_jobs(const JobsOptions& options) {
  const auto daemon = DaemonClient::find(options.place);
  std::string target = fmt::format("{}/jobs?limit={}", kWharfApi, options.limit);
  if (!options.of.empty()) target += "&connection=" + in_path(options.of);
  if (!options.status.empty()) target += "&status=" + in_path(options.status);
  const auto all = daemon.get(target);
  if (options.place.json) {
    show_json(all);
    return kDone;
  }
  const auto now = base::SystemClock().wall();
  std::vector<std::vector<std::string>> rows;
  for (const auto& job : all["jobs"]) {
    rows.push_back({std::to_string(job.value("jobId", 0)), printable(job.value("connection", "")),
                    job.value("status", ""), job.value("trigger", ""), when(job, "createdAt", now),
                    std::to_string(job.value("attempts", 0)),
                    grouped(job.value("recordsCommitted", std::int64_t{0})),
                    printable(job.value("cause", ""))});
  }
  show_table({"JOB", "CONNECTION", "STATUS", "TRIGGER", "CREATED", "TRIES", "ROWS", "BECAUSE"},
             rows);
  return kDone;
}

int jobs(const JobsOptions& options) {
  if (!is_job_number(options.of)) return list_jobs(options);
  const auto daemon = DaemonClient::find(options.place);
  const auto job = job_view(daemon, std::stoll(options.of));
  if (options.place.json)
    show_json(job);
  else
    print_job(job);
  return kDone;
}

struct CancelOptions {
  DaemonPlace place;
  std::string of;
};

int cancel(const CancelOptions& options) {
  const auto daemon = DaemonClient::find(options.place);
  const auto id = job_of(daemon, options.of);
  const auto before = job_view(daemon, id).value("status", "");
  if (before == "succeeded" || before == "failed" || before == "cancelled") {
    throw Failure(ErrorCode::conflict, fmt::format("job {} has {} already", id,
                                                   before == "succeeded" ? "succeeded"
                                                   : before == "failed"  ? "failed"
                                                                         : "been cancelled"));
  }
  const auto job = daemon.send("DELETE", fmt::format("{}/jobs/{}", kPublicApi, id));
  if (options.place.json) {
    show_json(job);
  } else {
    const bool over = job.value("status", "") != "running";
    fmt::print(
        "job {}: {}; what its destination has confirmed stays\n", id,
        over ? job.value("status", "") : "is being cancelled, its connectors take their time");
  }
  return kDone;
}

}  // namespace

void add_jobs(CLI::App& app, Action& action) {
  auto options = std::make_shared<JobsOptions>();
  auto* verb = app.add_subcommand("jobs", "List jobs, or show one with its attempts and history");
  verb->add_option("of", options->of, "a connection's name, or the number of a job");
  verb->add_option("--status", options->status, "only those: pending, running, incomplete, …")
      ->check(
          CLI::IsMember({"pending", "running", "incomplete", "succeeded", "failed", "cancelled"}));
  verb->add_option("--limit", options->limit, "how many at most (default: 20)")
      ->check(CLI::Range(1, 1000));
  add_daemon_options(*verb, options->place);
  verb->footer(
      "Examples:\n  wharf jobs\n  wharf jobs orders --status failed\n  wharf jobs 4711\n\n"
      "Exit codes: 0 done, 2 no such job or connection, 3 no daemon answers.");
  verb->callback([&action, options] { action = [options] { return jobs(*options); }; });

  auto cancelling = std::make_shared<CancelOptions>();
  auto* stop = app.add_subcommand("cancel", "End a job; what is confirmed stays");
  stop->add_option("of", cancelling->of, "the number of a job, or a connection's name")->required();
  add_daemon_options(*stop, cancelling->place);
  stop->footer(
      "Both sides of a running sync may commit what they have. The next sync goes on from there."
      "\n\nExamples:\n  wharf cancel orders\n  wharf cancel 4711\n\n"
      "Exit codes: 0 done, 2 no such job or connection, 3 it has ended already, or no daemon "
      "answers.");
  stop->callback([&action, cancelling] { action = [cancelling] { return cancel(*cancelling); }; });
}

}  // namespace wharf::cli
