#include "replication/side_record.h"

#include "base/step.h"
#include "definition/definition_table.h"
#include "job/job_table.h"
#include "workload/own_sync.h"
#include "workload/workload_table.h"

#include <utility>

namespace wharf::replication {

using boost::asio::awaitable;
namespace workload_table = workload::workload_table;

awaitable<base::WorkloadId> record_start(const RunningAttempt& attempt, Side side,
                                         launcher::ConnectorIdentity identity) {
  const auto now = attempt.services.clock.wall();
  auto record = [&](sqlite::Transaction& transaction) {
    const auto workload = workload_table::insert(transaction, attempt.id(), side == Side::source,
                                                 attempt.run->path().string(), now);
    if (const auto* container = std::get_if<launcher::ContainerIdentity>(&identity)) {
      workload_table::started(transaction, workload, container->name);
    } else {
      const auto& process = std::get<process::ProcessIdentity>(identity);
      workload_table::started(
          transaction, workload,
          workload::StartedProcess{process.pid, process.group,
                                   static_cast<std::int64_t>(process.start_time),
                                   attempt.services.boot_id});
    }
    job::job_table::describe_attempt(transaction, attempt.id(),
                                     attempt.by_socket() ? "socket" : "stdio",
                                     attempt.report.log.string());
    workload::own_sync::told(transaction, attempt.order.input.connection,
                             workload::Tidings::running, std::nullopt, now);
    return workload;
  };
  const auto recorded = co_await in_database(attempt.services.database, record);
  co_return recorded;
}

awaitable<void> record_ends(const AttemptServices& services, std::vector<RecordedEnd> ends) {
  const auto now = services.clock.wall();
  auto record = [&](sqlite::Transaction& transaction) {
    for (const auto& end : ends) {
      workload_table::ended(transaction, end.workload, end.status.describe(), now);
      if (!end.image) continue;
      definition::definition_table::note_digest(transaction, end.image->reference,
                                                end.image->digest);
    }
  };
  try {
    co_await in_database(services.database, record);
  } catch (const std::exception& exception) {
    services.log.error("the ends of connectors are not recorded", {{"why", exception.what()}});
  }
  base::after_step("ends_recorded");
}

}  // namespace wharf::replication
