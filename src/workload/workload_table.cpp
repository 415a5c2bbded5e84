#include <base/uuid.h>
#include <sqlite/statement.h>
#include <workload/workload_table.h>

namespace wharf::workload {

std::string_view name_of(WorkloadStatus status) {
  switch (status) {
    case WorkloadStatus::pending:
      return "pending";
    case WorkloadStatus::running:
      return "running";
    case WorkloadStatus::ended:
      return "ended";
  }
  return "ended";
}

namespace workload_table {
namespace {

constexpr std::string_view kSelect = R"sql(
  select id, job_id, attempt, side, status, run_directory, pid, process_group, pid_started,
    boot_id, exit_text, created, container
  from workload
)sql";

WorkloadStatus status_from(std::string_view name) {
  if (name == "pending") return WorkloadStatus::pending;
  return name == "running" ? WorkloadStatus::running : WorkloadStatus::ended;
}

WorkloadRow read(const sqlite::Run& run) {
  WorkloadRow row;
  row.id = base::WorkloadId(run.string(0));
  row.attempt = {base::JobId(run.integer(1)), run.integer(2)};
  row.is_source = run.text(3) == "source";
  row.status = status_from(run.text(4));
  row.run_directory = run.string(5);
  if (!run.null(6))
    row.process = StartedProcess{run.integer(6), run.integer(7), run.integer(8), run.string(9)};
  row.exit_text = run.optional_string(10);
  row.created = base::from_millis(run.integer(11));
  row.container = run.optional_string(12);
  return row;
}

std::vector<WorkloadRow> all(sqlite::Run run) {
  std::vector<WorkloadRow> rows;
  while (run.next()) rows.push_back(read(run));
  return rows;
}

}  // namespace

base::WorkloadId insert(sqlite::Transaction& transaction, const base::AttemptId& attempt,
                        bool is_source, std::string_view run_directory, base::WallTime now) {
  base::WorkloadId id(base::random_uuid());
  transaction
      .statement(R"sql(
        insert into workload (id, job_id, attempt, side, status, run_directory, created)
        values (?, ?, ?, ?, 'pending', ?, ?))sql")
      .execute(id, attempt.job, attempt.number, is_source ? "source" : "destination", run_directory,
               base::to_millis(now));
  return id;
}

void started(sqlite::Transaction& transaction, const base::WorkloadId& id,
             const StartedProcess& process) {
  transaction
      .statement(R"sql(
        update workload
        set status = 'running', pid = ?, process_group = ?, pid_started = ?, boot_id = ?
        where id = ? and status <> 'ended')sql")
      .execute(process.pid, process.group, process.start_time, process.boot_id, id);
}

void started(sqlite::Transaction& transaction, const base::WorkloadId& id,
             std::string_view container) {
  transaction
      .statement(
          "update workload set status = 'running', container = ? where id = ? and status <> "
          "'ended'")
      .execute(container, id);
}

void ended(sqlite::Transaction& transaction, const base::WorkloadId& id, std::string_view exit_text,
           base::WallTime now) {
  transaction
      .statement("update workload set status = 'ended', exit_text = ?, ended = ? where id = ?")
      .execute(exit_text, base::to_millis(now), id);
}

std::optional<WorkloadRow> get(sqlite::Connection& connection, const base::WorkloadId& id) {
  auto run = connection.statement(std::string(kSelect).append("where id = ?")).run(id);
  if (!run.next()) return std::nullopt;
  return read(run);
}

std::vector<WorkloadRow> of_attempt(sqlite::Connection& connection,
                                    const base::AttemptId& attempt) {
  return all(
      connection
          .statement(std::string(kSelect).append("where job_id = ? and attempt = ? order by side"))
          .run(attempt.job, attempt.number));
}

std::vector<WorkloadRow> not_ended(sqlite::Connection& connection) {
  return all(
      connection.statement(std::string(kSelect).append("where status <> 'ended' order by created"))
          .run());
}

}  // namespace workload_table
}  // namespace wharf::workload
