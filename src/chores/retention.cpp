#include "chores/retention.h"

#include <string>
#include <vector>

#include "bookkeeper/log_files.h"
#include "connection/orphaned_secrets.h"
#include "sqlite/statement.h"
#include "workload/workload_queue.h"

namespace wharf::chores {
namespace {

constexpr std::int64_t kBatch = 500;
constexpr std::chrono::hours kWorkloads{24 * 7};
constexpr std::uintmax_t kLongWriteAheadLog = 16 << 20;
constexpr std::chrono::milliseconds kPatience{200};

struct Batch {
  std::int64_t jobs = 0;
  std::vector<std::string> logs;
};

Batch prune_jobs(sqlite::Transaction& transaction, base::WallTime before) {
  Batch batch;
  std::vector<std::int64_t> ids;
  {
    auto run = transaction
                   .statement(R"sql(
                     select id from job
                     where created < ? and +status in ('succeeded', 'failed', 'cancelled')
                       and (id <> (select newest_job.id from newest_job
                                   where newest_job.connection_id = job.connection_id)
                         or connection_id in (select id from connection where tombstone = 1))
                     order by created limit ?)sql")
                   .run(base::to_millis(before), kBatch);
    while (run.next()) ids.push_back(run.integer(0));
  }
  for (const auto id : ids) {
    auto logs = transaction
                    .statement(
                        "select log_path from attempt "
                        "where job_id = ? and log_path is not null")
                    .run(id);
    while (logs.next()) batch.logs.push_back(logs.string(0));
    transaction.statement("delete from job where id = ?").execute(id);
  }
  batch.jobs = static_cast<std::int64_t>(ids.size());
  return batch;
}

std::int64_t remove_older(database::Database& database, const std::string& sql,
                          base::WallTime before) {
  return database.write([&](sqlite::Transaction& transaction) {
    transaction.statement(sql).execute(base::to_millis(before));
    return transaction.connection().changes();
  });
}

std::int64_t prune_workloads(database::Database& database, base::WallTime now) {
  namespace queue = workload::workload_queue;
  std::int64_t all = 0;
  for (std::int64_t gone = kBatch; gone == kBatch; all += gone) {
    gone = database.write([&](sqlite::Transaction& transaction) {
      return queue::clean(transaction, now - kWorkloads, kBatch);
    });
  }
  return all;
}

// What was deleted, once nothing refers to it any more: connections, then their ends.
std::int64_t prune_deleted(database::Database& database, base::WallTime before) {
  std::int64_t all = 0;
  for (const char* what :
       {"delete from connection where id in (select id from connection where tombstone = 1 "
        "and updated < ? and (select newest_job.id from newest_job where connection_id = "
        "connection.id) is null "
        "limit 500)",
        "delete from source where id in (select id from source where tombstone = 1 and "
        "updated < ? and not exists (select 1 from connection where source_id = source.id) "
        "limit 500)",
        "delete from destination where id in (select id from destination where tombstone = 1 "
        "and updated < ? and not exists "
        "(select 1 from connection where destination_id = destination.id) limit 500)"}) {
    for (std::int64_t gone = kBatch; gone == kBatch; all += gone) {
      gone = remove_older(database, what, before);
    }
  }
  return all;
}

// Only what lies among the logs is ours to remove, whatever a row says.
bool is_below(const std::filesystem::path& path, const std::filesystem::path& directory) {
  const auto relative = path.lexically_normal().lexically_relative(directory.lexically_normal());
  return !relative.empty() && *relative.begin() != ".." && *relative.begin() != ".";
}

}  // namespace

Pruned prune(database::Database& database, const std::filesystem::path& logs,
             const Retention& retention, base::WallTime now) {
  Pruned pruned;
  for (Batch batch{kBatch, {}}; batch.jobs == kBatch;) {
    batch = database.write([&](sqlite::Transaction& transaction) {
      return prune_jobs(transaction, now - retention.jobs);
    });
    pruned.jobs += batch.jobs;
    for (const auto& log : batch.logs) {
      if (is_below(log, logs)) bookkeeper::remove_log(log);
    }
  }
  pruned.deleted = prune_deleted(database, now - retention.jobs);
  pruned.events = remove_older(database, "delete from event where at < ?", now - retention.events);
  pruned.answers =
      remove_older(database, "delete from answer where at < ?", now - retention.answers);
  pruned.tokens = remove_older(database, "delete from token where expires <= ?", now);
  pruned.workloads = prune_workloads(database, now);
  pruned.secrets = connection::forget_orphaned_secrets(database);
  return pruned;
}

void tidy_store(database::Database& database, const std::filesystem::path& file) {
  database.write([](sqlite::Transaction& transaction) {
    transaction.connection().execute("pragma incremental_vacuum(1000)");
  });
  std::error_code none;
  const auto size = std::filesystem::file_size(file.string() + "-wal", none);
  if (none || size < kLongWriteAheadLog) return;
  sqlite::Connection store(file.string(), {sqlite::Connection::Access::read_write, kPatience});
  store.number("pragma wal_checkpoint(truncate)");  // busy: next time
}

}  // namespace wharf::chores
