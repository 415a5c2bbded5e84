#include "workload/own_sync.h"

#include "sqlite/statement.h"
#include "workload/workload_queue.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace wharf::workload::own_sync {
namespace {

// Who ends it is the runner of the attempt, whatever the queue's monitors think of its age.
constexpr std::chrono::hours kNeverLate{24 * 365};

std::vector<std::string> live(sqlite::Connection& store, std::string_view key) {
  std::vector<std::string> ids;
  auto run = store
                 .statement(R"sql(
                   select id from queued_workload
                   where deadline is not null and type = 'sync' and dataplane_group = ?1
                     and (?2 = '' or mutex_key = ?2))sql")
                 .run(kOwnGroup, key);
  while (run.next()) ids.push_back(run.string(0));
  return ids;
}

WorkloadWish wish_of(const base::ConnectionId& connection, const base::AttemptId& attempt) {
  using nlohmann::json;
  const std::pair<const char*, std::string> facts[] = {
      {"connection_id", connection.value},
      {"job_id", std::to_string(attempt.job.value)},
      {"attempt_id", std::to_string(attempt.number)}};
  auto labels = json::array();
  auto input = json::object();
  for (const auto& [key, value] : facts) {
    labels.push_back({{"key", key}, {"value", value}});
    input[key] = value;
  }
  WorkloadWish wish;
  wish.id = fmt::format("{}_{}_{}_sync", connection.value, attempt.job.value, attempt.number);
  wish.input = input.dump();
  wish.labels = labels.dump();
  wish.mutex_key = connection.value;
  wish.priority = Priority::standard;
  wish.group = kOwnGroup;
  return wish;
}

}  // namespace

void claimed(sqlite::Transaction& transaction, const base::ConnectionId& connection,
             const base::AttemptId& attempt, base::WallTime now) {
  const WorkloadWish wish = wish_of(connection, attempt);
  workload_queue::create(transaction, wish, now).value();  // a number is given once
  workload_queue::claim(transaction, wish.id, kOwnGroup, now + kNeverLate, now);
}

void told(sqlite::Transaction& transaction, const base::ConnectionId& connection, Tidings tidings,
          std::optional<std::string> reason, base::WallTime now) {
  for (const auto& id : live(transaction.connection(), connection.value)) {
    const workload_queue::Told told{tidings, now + kNeverLate, "dispatcher", reason, {}};
    (void)workload_queue::tell(transaction, id, told, now);  // too late: it has ended
  }
}

void interrupted(sqlite::Transaction& transaction, base::WallTime now) {
  for (const auto& id : live(transaction.connection(), "")) {
    const workload_queue::Told told{
        Tidings::failure, {}, "startup-recovery", "ended with its daemon", {}};
    (void)workload_queue::tell(transaction, id, told, now);
  }
}

std::optional<base::ConnectionId> connection_of(const WorkloadWish& wish) {
  if (wish.type != WorkloadType::sync || wish.group != kOwnGroup || !wish.mutex_key)
    return std::nullopt;
  return base::ConnectionId(*wish.mutex_key);
}

}  // namespace wharf::workload::own_sync
