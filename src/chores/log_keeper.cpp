#include "chores/log_keeper.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/quantity.h"
#include "sqlite/statement.h"

namespace wharf::chores {

using base::AttemptId;
using bookkeeper::StoredLog;
using std::filesystem::path;

std::set<AttemptId> logs_to_remove(std::span<const StoredLog> logs,
                                   const std::set<AttemptId>& running, const LogQuota& quota,
                                   base::WallTime now) {
  std::vector<const StoredLog*> newest_first;
  for (const auto& log : logs) newest_first.push_back(&log);
  std::ranges::sort(newest_first, [](const StoredLog* a, const StoredLog* b) {
    return std::tie(a->changed, a->attempt) > std::tie(b->changed, b->attempt);
  });
  std::set<AttemptId> out;
  std::unordered_map<base::JobId, std::uint64_t> of_job;
  std::uint64_t total = 0;
  for (const auto* log : newest_first) {
    auto& job = of_job[log->attempt.job];
    const bool first_of_job = job == 0;
    const bool fits = (first_of_job || job + log->size_on_disk <= quota.per_job) &&
                      total + log->size_on_disk <= quota.total && now - log->changed <= quota.keep;
    if (!fits && !running.contains(log->attempt)) {
      out.insert(log->attempt);
      continue;
    }
    job += log->size_on_disk;
    total += log->size_on_disk;
  }
  return out;
}

void LogKeeper::compress_ended() {
  const auto until = clock_.wall() - kLastWords;
  const auto from = std::min(compressed_until_, until);  // a clock set back
  const auto ended = database_.read([&](sqlite::Connection& store) {
    std::vector<std::string> paths;
    auto run = store
                   .statement(
                       "select log_path from attempt where ended > ? and ended <= ? "
                       "and log_path is not null")
                   .run(base::to_millis(from), base::to_millis(until));
    while (run.next()) paths.push_back(run.string(0));
    return paths;
  });
  for (const auto& log : ended) compress(log);
  compressed_until_ = until;
}

void LogKeeper::sweep() {
  const auto busy = running();
  const auto now = clock_.wall();
  const auto logs = bookkeeper::stored_logs(logs_);
  const auto gone = logs_to_remove(logs, busy, quota_, now);
  for (const auto& attempt : gone) bookkeeper::remove_log(bookkeeper::log_of(logs_, attempt));
  if (!gone.empty()) {
    log_.info("logs removed", {{"count", static_cast<std::int64_t>(gone.size())},
                               {"total", base::bytes_text(quota_.total)}});
  }
  for (const auto& log : logs) {
    const bool quiet = now - log.changed > kLastWords || log.changed > now;
    if (log.plain && quiet && !busy.contains(log.attempt) && !gone.contains(log.attempt)) {
      compress(bookkeeper::log_of(logs_, log.attempt));
    }
  }
}

/// As their logs are named.
std::set<AttemptId> LogKeeper::running() const {
  return database_.read([&](sqlite::Connection& store) {
    std::set<AttemptId> attempts;
    auto run = store
                   .statement(
                       "select log_path, job_id, number from attempt "
                       "where status = 'running'")
                   .run();
    while (run.next()) {
      const AttemptId id{base::JobId(run.integer(1)), run.integer(2)};
      // One that has not got to its connectors yet has no path in its row.
      attempts.insert(run.null(0) ? id : bookkeeper::attempt_named(run.string(0)).value_or(id));
    }
    return attempts;
  });
}

void LogKeeper::compress(const path& log) {
  auto done = bookkeeper::compress_log(log);
  if (!done) log_.warn("a log stays as it is", {{"why", done.error().message}});
}

}  // namespace wharf::chores
