#pragma once
// SQL of workload: one side of an attempt, from the wish to its end. What was started stands here,
// so that the next life of the daemon can end what this one left running.

#include <base/clock.h>
#include <base/ids.h>
#include <sqlite/transaction.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::workload {

enum class WorkloadStatus { pending, running, ended };
std::string_view name_of(WorkloadStatus status);

/// The shim that was started: a pid counts only with its start time, and within its boot.
struct StartedProcess {
  std::int64_t pid = 0;
  std::int64_t group = 0;
  std::int64_t start_time = 0;  ///< ticks since boot
  std::string boot_id;          ///< /proc/sys/kernel/random/boot_id
};

struct WorkloadRow {
  base::WorkloadId id;
  base::AttemptId attempt;
  bool is_source = false;  ///< else the destination
  WorkloadStatus status = WorkloadStatus::pending;
  std::string run_directory;
  std::optional<StartedProcess> process;
  std::optional<std::string> container;  ///< instead of a process: its name at the engine
  std::optional<std::string> exit_text;
  base::WallTime created;
};

namespace workload_table {

/// Adds a pending workload of an attempt; in the transaction that opens the attempt.
base::WorkloadId insert(sqlite::Transaction& transaction, const base::AttemptId& attempt,
                        bool is_source, std::string_view run_directory, base::WallTime now);
/// It runs. To be written before the connector gets to work, or a crash leaves an unknown process.
void started(sqlite::Transaction& transaction, const base::WorkloadId& id,
             const StartedProcess& process);
void started(sqlite::Transaction& transaction, const base::WorkloadId& id,
             std::string_view container);
/// It is gone; `exit_text` says how.
void ended(sqlite::Transaction& transaction, const base::WorkloadId& id, std::string_view exit_text,
           base::WallTime now);

std::optional<WorkloadRow> get(sqlite::Connection& connection, const base::WorkloadId& id);
std::vector<WorkloadRow> of_attempt(sqlite::Connection& connection, const base::AttemptId& attempt);
/// All that have not ended: at start, those of an earlier life.
std::vector<WorkloadRow> not_ended(sqlite::Connection& connection);

}  // namespace workload_table
}  // namespace wharf::workload
