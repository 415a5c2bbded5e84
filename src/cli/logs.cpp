#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/job_of.h"
#include "cli/listing.h"
#include "cli/verbs.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

namespace wharf::cli {
namespace {

using LogJson = nlohmann::ordered_json;

struct LogsOptions {
  DaemonPlace place;
  std::string of;
  std::optional<int> attempt;
  std::optional<int> tail;
  std::string source;
  std::string level;
  bool follow = false;
};

// What the last line of an answer says.
struct LogEnd {
  std::int64_t cursor = 0;
  std::optional<int> attempt;
  bool ended = false;
};

// Prints entries as they come, and keeps the last word.
class LogPrinter {
 public:
  explicit LogPrinter(bool json) : json_(json) {}

  void take(std::string_view text) {
    cut_.append(text);
    for (auto end = cut_.find('\n'); end != std::string::npos; end = cut_.find('\n')) {
      line(cut_.substr(0, end));
      cut_.erase(0, end + 1);
    }
    std::fflush(stdout);
  }
  const LogEnd& end() const { return end_; }

 private:
  void line(const std::string& text) {
    const auto entry = LogJson::parse(text, nullptr, false);
    if (!entry.is_object()) return;
    if (entry.contains("cursor")) {
      end_.cursor = entry["cursor"].get<std::int64_t>();
      end_.ended = entry.value("ended", false);
      if (entry.contains("attempt")) end_.attempt = entry["attempt"].get<int>();
    } else if (json_) {
      fmt::print("{}\n", text);
    } else {
      fmt::print("{} {:<11} {:<5} {}\n", entry.value("timestamp", ""), entry.value("logSource", ""),
                 entry.value("level", ""), printable(entry.value("message", "")));
    }
  }

  const bool json_;
  std::string cut_;
  LogEnd end_;
};

std::string log_target(std::int64_t job, const LogsOptions& options) {
  std::string target = fmt::format("{}/jobs/{}/log?format=json", kWharfApi, job);
  if (!options.source.empty()) target += "&source=" + options.source;
  if (!options.level.empty()) target += "&level=" + options.level;
  if (options.follow) target += "&follow=true";
  return target;
}

bool goes_on(const std::string& status) {
  return status == "pending" || status == "running" || status == "incomplete";
}

// Attempt after attempt, until the job has ended. An answer ends after a minute, with a cursor.
int follow(const DaemonClient& daemon, std::int64_t job, const LogsOptions& options) {
  LogPrinter printer(options.place.json);
  std::string where = options.tail ? fmt::format("&tail={}", *options.tail) : std::string();
  std::optional<int> shown;
  while (true) {
    daemon.stream(log_target(job, options) + where, [&](auto text) { printer.take(text); });
    const auto& end = printer.end();
    if (end.attempt) shown = end.attempt;
    if (end.attempt && !end.ended) {
      where = fmt::format("&attempt={}&offset={}", *end.attempt, end.cursor);
      continue;
    }
    for (bool next = false; !next;) {
      const auto now = job_view(daemon, job);
      const auto tries = static_cast<int>(now["tries"].size());
      next = tries > (shown ? *shown + 1 : 0);
      if (!next && !goes_on(now.value("status", ""))) return kDone;
      if (!next) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    where = fmt::format("&attempt={}", shown ? *shown + 1 : 0);
  }
}

int logs(const LogsOptions& options) {
  const auto daemon = DaemonClient::find(options.place);
  const auto job = job_of(daemon, options.of);
  if (options.follow) return follow(daemon, job, options);
  LogPrinter printer(options.place.json);
  std::string target = log_target(job, options);
  if (options.attempt) target += fmt::format("&attempt={}", *options.attempt);
  if (options.tail) target += fmt::format("&tail={}", *options.tail);
  daemon.stream(target, [&](auto text) { printer.take(text); });
  return kDone;
}

}  // namespace

void add_logs(CLI::App& app, Action& action) {
  auto options = std::make_shared<LogsOptions>();
  auto* verb = app.add_subcommand("logs", "Show the log of a job's newest attempt");
  verb->add_option("of", options->of, "a connection's name, or the number of a job")->required();
  auto* following =
      verb->add_flag("-f,--follow", options->follow, "go on as it grows, until the job has ended");
  verb->add_option("--attempt", options->attempt, "this one (from 0) instead of the newest")
      ->check(CLI::NonNegativeNumber)
      ->excludes(following);
  verb->add_option("-n,--tail", options->tail, "begin with the last so many entries")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--source", options->source, "only what this one said")
      ->check(CLI::IsMember({"platform", "source", "destination"}));
  verb->add_option("--level", options->level, "this level and worse")
      ->check(CLI::IsMember({"fatal", "error", "warn", "info", "debug", "trace"}));
  add_daemon_options(*verb, options->place);
  verb->footer(
      "With --json each entry is an object on a line of its own.\n\n"
      "Examples:\n  wharf logs orders\n  wharf logs -f orders -n 20\n"
      "  wharf logs 4711 --level error --source destination\n\n"
      "Exit codes: 0 done, 2 no such job or connection, 3 no daemon answers.");
  verb->callback([&action, options] { action = [options] { return logs(*options); }; });
}

}  // namespace wharf::cli
