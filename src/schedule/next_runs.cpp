#include "schedule/next_runs.h"

#include "connection/connection_table.h"
#include "job/job_table.h"
#include "schedule/due.h"
#include "schedule/schedule_form.h"

#include <functional>
#include <nlohmann/json.hpp>

namespace wharf::schedule {
namespace {

namespace connection_table = connection::connection_table;
namespace job_table = job::job_table;

std::optional<base::WallTime> next_of(sqlite::Transaction& transaction,
                                      const base::ConnectionId& id, const Watch& watch,
                                      base::WallTime now) {
  const auto timing = connection_table::timing(transaction, id);
  if (!timing || job_table::active(transaction, id)) return std::nullopt;
  const auto schedule = from_json(nlohmann::json::parse(timing->schedule, nullptr, false));
  if (!schedule) return std::nullopt;
  Facts facts;
  facts.active = timing->status == connection::ConnectionStatus::active;
  facts.since = timing->since;
  facts.idle_since = job_table::newest_end(transaction, id);
  facts.watched_since = watch.since;
  if (const auto firing = job_table::newest_firing(transaction, id)) {
    facts.previous = PreviousJob{firing->created, firing->started};
  }
  return next_run(*schedule, facts, now, watch.default_zone, std::hash<std::string>()(id.value));
}

}  // namespace

std::optional<base::WallTime> renew_next_run(sqlite::Transaction& transaction,
                                             const base::ConnectionId& connection,
                                             const Watch& watch, base::WallTime now) {
  const auto next = next_of(transaction, connection, watch, now);
  connection_table::set_next_run(transaction, connection, next);
  return next;
}

}  // namespace wharf::schedule
