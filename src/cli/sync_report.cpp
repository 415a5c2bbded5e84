#include "cli/sync_report.h"

#include "cli/exit_code.h"
#include "cli/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace wharf::cli {
namespace {

using daemon::ConnectionRun;
using Json = nlohmann::ordered_json;
using Phase = ConnectionRun::Phase;

double seconds_of(const ConnectionRun& run) {
  return std::chrono::duration<double>(run.ended - run.began).count();
}

void print_success(const ConnectionRun& run) {
  const auto& total = run.report->books.total;
  const double seconds = seconds_of(run);
  fmt::print("{}: done, {} rows ({}) in {}, {}\n", run.name, grouped(total.committed.rows),
             megabytes(total.committed.bytes), duration(seconds),
             per_second(static_cast<double>(total.committed.rows) / std::max(seconds, 0.001)));
  for (const auto& [stream, counts] : run.report->books.streams) {
    fmt::print("  {:<28} {:>14} rows\n", protocol::to_string(stream),
               grouped(counts.committed.rows));
  }
}

void print_failure(const ConnectionRun& run) {
  if (run.error) {
    fmt::print(stderr, "{}: {}\n", run.name, run.error->message);
    return;
  }
  if (!run.report) {
    fmt::print(stderr, "{}: {} before it began\n", run.name, name_of(run.phase));
    return;
  }
  const auto& report = *run.report;
  fmt::print(stderr, "{}: {}\n", run.name, name_of(run.phase));
  if (!report.outcome.reasons.empty()) {
    const auto& cause = report.outcome.reasons.front();
    fmt::print(stderr, "  {}: {}\n", bookkeeper::name_of(cause.origin), cause.external);
    if (!cause.internal.empty() && cause.internal != cause.external) {
      fmt::print(stderr, "  {}\n", cause.internal);
    }
  }
  if (!report.stderr_tail.empty()) {
    fmt::print(stderr, "  the last lines of its stderr:\n");
    for (const auto& line : report.stderr_tail) fmt::print(stderr, "    {}\n", line);
  }
  fmt::print(stderr, "  committed: {} rows; run it again to go on from there\n",
             grouped(report.books.total.committed.rows));
  fmt::print(stderr, "  log: {}\n", report.log.string());
}

Json counts_json(const bookkeeper::StreamCounts& counts) {
  return {{"recordsEmitted", counts.emitted.rows},
          {"bytesEmitted", counts.emitted.bytes},
          {"recordsCommitted", counts.committed.rows},
          {"bytesCommitted", counts.committed.bytes},
          {"recordsRejected", counts.rejected}};
}

Json report_of(const ConnectionRun& run) {
  Json json = {{"connection", run.name},
               {"status", name_of(run.phase)},
               {"attempts", run.attempts},
               {"seconds", seconds_of(run)}};
  if (run.error) {
    json["error"] = {{"code", name_of(run.error->code)}, {"message", run.error->message}};
  }
  json["notices"] = run.notices;
  if (!run.report) return json;
  const auto& report = *run.report;
  json["job"] = report.attempt.job.value;
  json["attempt"] = report.attempt.number;
  json["road"] = report.road;
  json["total"] = counts_json(report.books.total);
  json["streams"] = Json::array();
  for (const auto& [stream, counts] : report.books.streams) {
    Json one = {{"name", stream.name}, {"namespace", nullptr}, {"state", name_of(counts.state)}};
    if (stream.name_space) one["namespace"] = *stream.name_space;
    if (counts.incomplete_cause) one["incompleteCause"] = name_of(*counts.incomplete_cause);
    one.update(counts_json(counts));
    json["streams"].push_back(std::move(one));
  }
  json["failures"] = Json::array();
  for (const auto& reason : report.outcome.reasons) {
    json["failures"].push_back({{"origin", name_of(reason.origin)},
                                {"type", name_of(reason.type)},
                                {"message", reason.external},
                                {"internal", reason.internal}});
  }
  json["stderr"] = report.stderr_tail;
  json["log"] = report.log.string();
  return json;
}

}  // namespace

void print_report(const std::vector<ConnectionRun>& runs, bool quiet) {
  for (const auto& run : runs) {
    for (const auto& notice : run.notices) fmt::print(stderr, "{}: note: {}\n", run.name, notice);
    if (run.phase == Phase::succeeded) {
      if (!quiet) print_success(run);
    } else {
      print_failure(run);
    }
  }
}

std::string report_json(const std::vector<ConnectionRun>& runs) {
  Json all = Json::array();
  for (const auto& run : runs) all.push_back(report_of(run));
  return Json{{"connections", std::move(all)}}.dump(2, ' ', false, Json::error_handler_t::replace);
}

int exit_code(const std::vector<ConnectionRun>& runs) {
  int worst = 0;
  for (const auto& run : runs) {
    if (run.phase == Phase::succeeded) continue;
    const int code = run.error ? exit_code_of(run.error->code) : 1;
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace wharf::cli
