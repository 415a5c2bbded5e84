#include "workload/workload_queue.h"

#include "base/uuid.h"
#include "sqlite/statement.h"

#include <fmt/format.h>

#include <algorithm>

namespace wharf::workload::workload_queue {
namespace {

constexpr std::chrono::hours kLongestQuestion{4};
constexpr std::chrono::hours kLongestSync{24 * 30};

constexpr std::string_view kColumns = R"sql(
  id, type, status, input, labels, workspace, organization, log_path, mutex_key, signal_input,
  priority, dataplane_group, auto_id, dataplane, deadline, termination_source, termination_reason,
  output, created, updated
)sql";

std::optional<std::int64_t> millis_of(const std::optional<base::WallTime>& time) {
  if (!time) return std::nullopt;
  return base::to_millis(*time);
}

QueuedWorkload read(const sqlite::Run& run) {
  QueuedWorkload workload;
  WorkloadWish& wish = workload.wish;
  wish.id = run.string(0);
  wish.type = workload_type_named(run.text(1)).value_or(WorkloadType::sync);
  workload.status = queue_status_named(run.text(2)).value_or(QueueStatus::failure);
  wish.input = run.string(3);
  wish.labels = run.string(4);
  wish.workspace = run.optional_string(5);
  wish.organization = run.optional_string(6);
  wish.log_path = run.optional_string(7);
  wish.mutex_key = run.optional_string(8);
  wish.signal_input = run.optional_string(9);
  wish.priority = run.integer(10) != 0 ? Priority::high : Priority::standard;
  wish.group = run.string(11);
  workload.auto_id = run.string(12);
  workload.dataplane = run.optional_string(13);
  if (!run.null(14)) workload.deadline = base::from_millis(run.integer(14));
  workload.termination_source = run.optional_string(15);
  workload.termination_reason = run.optional_string(16);
  workload.output = run.optional_string(17);
  workload.created = base::from_millis(run.integer(18));
  workload.updated = base::from_millis(run.integer(19));
  return workload;
}

std::vector<QueuedWorkload> all(sqlite::Run run) {
  std::vector<QueuedWorkload> workloads;
  while (run.next()) workloads.push_back(read(run));
  return workloads;
}

/// Whether the same was wished; a deadline that was left out was given by us.
bool same(WorkloadWish asked, const WorkloadWish& stored) {
  asked.deadline.reset();
  return asked == stored;
}

Error unknown(std::string_view id) {
  return Error{ErrorCode::not_found, fmt::format("there is no workload {}", id)};
}

std::optional<base::WallTime> deadline_in(QueueStatus status, const Told& told,
                                          base::WallTime now) {
  if (is_terminal(status)) return std::nullopt;
  return told.deadline.value_or(now + kUntilHeard);
}

Told failed(std::string source, std::string reason) {
  return {.tidings = Tidings::failure, .source = std::move(source), .reason = std::move(reason)};
}

// Each of the monitors has its name, which is the source of the failure.
Told silence_of(QueueStatus status) {
  switch (status) {
    case QueueStatus::pending:
      return failed("workload-monitor-claim", "no data-plane available");
    case QueueStatus::claimed:
      return failed("workload-monitor-start", "could not start in time");
    default:
      return failed("workload-monitor-heartbeat", "exited without reporting");
  }
}

Told overtime_of(WorkloadType type) {
  return failed(type == WorkloadType::sync ? "workload-monitor-sync-timeout"
                                           : "workload-monitor-non-sync-timeout",
                "ran longer than it may");
}

// The older ones have lost to the newest of their key.
void supersede(sqlite::Transaction& transaction, const WorkloadWish& wish, base::WallTime now) {
  std::vector<std::string> older;
  auto run = transaction
                 .statement(
                     "select id from queued_workload "
                     "where mutex_key = ? and deadline is not null and id <> ?")
                 .run(*wish.mutex_key, wish.id);
  while (run.next()) older.push_back(run.string(0));
  for (const auto& id : older) {
    Told told{Tidings::failure, {}, "workload-api", "Superseded by " + wish.id, {}};
    tell(transaction, id, told, now).value();  // live: it can fail
  }
}

}  // namespace

Result<Created> create(sqlite::Transaction& transaction, const WorkloadWish& wish,
                       base::WallTime now) {
  if (const auto there = get(transaction, wish.id)) {
    if (same(wish, there->wish)) return Created::was_there;
    return Error{ErrorCode::conflict,
                 fmt::format("the workload {} is there, and was wished otherwise", wish.id)};
  }
  const auto time = base::to_millis(now);
  transaction
      .statement(R"sql(
        insert into queued_workload
          (id, type, status, input, labels, workspace, organization, log_path, mutex_key,
           signal_input, priority, dataplane_group, auto_id, deadline, created, updated)
        values (?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql")
      .execute(wish.id, name_of(wish.type), wish.input, wish.labels, wish.workspace,
               wish.organization, wish.log_path, wish.mutex_key, wish.signal_input,
               wish.priority == Priority::high, wish.group, base::random_uuid(),
               base::to_millis(wish.deadline.value_or(now + kUntilClaimed)), time, time);
  if (wish.mutex_key) supersede(transaction, wish, now);
  return Created::made;
}

bool claim(sqlite::Transaction& transaction, std::string_view id, std::string_view dataplane,
           std::optional<base::WallTime> deadline, base::WallTime now) {
  const auto workload = get(transaction, id);
  if (!workload) return false;
  if (workload->status == QueueStatus::claimed) return workload->dataplane == dataplane;
  if (workload->status != QueueStatus::pending) return false;
  transaction
      .statement(R"sql(
        update queued_workload
        set status = 'claimed', dataplane = ?, deadline = ?, acknowledged = ?, updated = ?
        where id = ?)sql")
      .execute(dataplane, base::to_millis(deadline.value_or(now + kUntilLaunched)),
               base::to_millis(now), base::to_millis(now), id);
  return true;
}

Result<void> tell(sqlite::Transaction& transaction, std::string_view id, const Told& told,
                  base::WallTime now) {
  const auto workload = get(transaction, id);
  if (!workload) return unknown(id);
  const auto status = after(workload->status, told.tidings);
  if (!status) {
    return Error{ErrorCode::conflict,
                 fmt::format("the workload {} is {}", id, name_of(workload->status))};
  }
  if (is_terminal(workload->status)) return {};  // told again
  const auto time = base::to_millis(now);
  std::optional<std::int64_t> heard;
  if (told.tidings == Tidings::heartbeat) heard = time;
  std::optional<std::int64_t> gone;
  if (is_terminal(*status)) gone = time;
  transaction
      .statement(R"sql(
        update queued_workload
        set status = ?, deadline = ?, heartbeat = coalesce(?, heartbeat), termination_source = ?,
          termination_reason = ?, output = ?, acknowledged = coalesce(acknowledged, ?), updated = ?
        where id = ?)sql")
      .execute(name_of(*status), millis_of(deadline_in(*status, told, now)), heard, told.source,
               told.reason, told.output, gone, time, id);
  return {};
}

std::vector<QueuedWorkload> poll(sqlite::Transaction& transaction, std::string_view group,
                                 std::optional<Priority> priority, std::int64_t most,
                                 base::WallTime now) {
  std::optional<std::int64_t> wanted;
  if (priority) wanted = *priority == Priority::high ? 1 : 0;
  auto found = all(transaction
                       .statement(fmt::format(R"sql(
                         select {} from queued_workload
                         where acknowledged is null and dataplane_group = ?1
                           and (?2 is null or priority = ?2) and poll_deadline <= ?3
                         order by created, id limit ?4)sql",
                                              kColumns))
                       .run(group, wanted, base::to_millis(now), most));
  for (const auto& workload : found) {
    transaction.statement("update queued_workload set poll_deadline = ? where id = ?")
        .execute(base::to_millis(now + kRedelivery), workload.wish.id);
  }
  return found;
}

std::int64_t fail_expired(sqlite::Transaction& transaction, base::WallTime now) {
  auto expired = list(transaction, {.deadline_before = now, .live = true});
  const std::size_t silent = expired.size();
  for (const bool sync : {false, true}) {
    for (auto& each :
         list(transaction, {.statuses = {QueueStatus::running},
                            .created_before = now - (sync ? kLongestSync : kLongestQuestion),
                            .is_sync = sync,
                            .live = true})) {
      expired.push_back(std::move(each));
    }
  }
  for (std::size_t i = 0; i < expired.size(); ++i) {
    const QueuedWorkload& workload = expired[i];
    const Told told = i < silent ? silence_of(workload.status) : overtime_of(workload.wish.type);
    if (!tell(transaction, workload.wish.id, told, now)) continue;  // both silent and long
  }
  return static_cast<std::int64_t>(expired.size());
}

std::int64_t clean(sqlite::Transaction& transaction, base::WallTime time, std::int64_t most) {
  transaction
      .statement(R"sql(
        delete from queued_workload where id in (
          select id from queued_workload
          where acknowledged < ? and deadline is null limit ?))sql")
      .execute(base::to_millis(time), most);
  return transaction.connection().changes();
}

void take_back(sqlite::Transaction& transaction, std::string_view group, base::WallTime now) {
  transaction
      .statement(R"sql(
        update queued_workload
        set status = 'pending', dataplane = null, acknowledged = null, poll_deadline = 0,
          deadline = ?, updated = ?
        where deadline is not null and dataplane_group = ?)sql")
      .execute(base::to_millis(now + kUntilClaimed), base::to_millis(now), group);
}

std::optional<std::string> find_live(sqlite::Connection& connection, std::string_view group,
                                     WorkloadType type, std::string_view input) {
  auto run = connection
                 .statement(R"sql(
                   select id from queued_workload
                   where deadline is not null and dataplane_group = ? and type = ? and input = ?
                   order by created limit 1)sql")
                 .run(group, name_of(type), input);
  if (!run.next()) return std::nullopt;
  return run.string(0);
}

void raise_to(sqlite::Transaction& transaction, std::string_view id, Priority priority) {
  transaction
      .statement(
          "update queued_workload set priority = max(priority, ?) "
          "where id = ? and status = 'pending'")
      .execute(priority == Priority::high, id);
}

std::optional<QueuedWorkload> get(sqlite::Connection& connection, std::string_view id) {
  auto run =
      connection.statement(fmt::format("select {} from queued_workload where id = ?", kColumns))
          .run(id);
  if (!run.next()) return std::nullopt;
  return read(run);
}

std::vector<QueuedWorkload> list(sqlite::Connection& connection, const Filter& filter) {
  auto found = all(connection
                       .statement(fmt::format(R"sql(
                         select {} from queued_workload
                         where (?1 is null or updated < ?1) and (?2 is null or created < ?2)
                           and (?3 is null or deadline < ?3) and (?4 = 0 or deadline is not null)
                           and (?5 is null or (type = 'sync') = ?5)
                         order by created, id)sql",
                                              kColumns))
                       .run(millis_of(filter.updated_before), millis_of(filter.created_before),
                            millis_of(filter.deadline_before), filter.live, filter.is_sync));
  std::erase_if(found, [&](const QueuedWorkload& each) {
    const auto& planes = filter.dataplanes;
    const auto& statuses = filter.statuses;
    return (!planes.empty() &&
            (!each.dataplane || std::ranges::find(planes, *each.dataplane) == planes.end())) ||
           (!statuses.empty() && std::ranges::find(statuses, each.status) == statuses.end());
  });
  return found;
}

std::int64_t depth(sqlite::Connection& connection, std::string_view group,
                   std::optional<Priority> priority, base::WallTime now) {
  std::optional<std::int64_t> wanted;
  if (priority) wanted = *priority == Priority::high ? 1 : 0;
  auto run = connection
                 .statement(R"sql(
                   select count(*) from queued_workload
                   where acknowledged is null and dataplane_group = ?1
                     and (?2 is null or priority = ?2) and poll_deadline <= ?3)sql")
                 .run(group, wanted, base::to_millis(now));
  run.next();
  return run.integer(0);
}

std::vector<Depth> stats(sqlite::Connection& connection) {
  std::vector<Depth> depths;
  auto run = connection
                 .statement(R"sql(
                   select dataplane_group, priority, count(*) from queued_workload
                   where acknowledged is null group by 1, 2 order by 1, 2)sql")
                 .run();
  while (run.next()) {
    depths.push_back(
        {run.string(0), run.integer(1) != 0 ? Priority::high : Priority::standard, run.integer(2)});
  }
  return depths;
}

}  // namespace wharf::workload::workload_queue
