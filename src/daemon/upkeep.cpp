#include "daemon/upkeep.h"

#include <malloc.h>

#include "chores/backup.h"
#include "chores/retention.h"
#include "workload/workload_queue.h"

#include <stdexcept>

namespace wharf::daemon {
namespace {

constexpr std::chrono::seconds kLookAtDisk{5};
constexpr std::chrono::seconds kCompress{10};
constexpr std::chrono::minutes kMonitor{1};
constexpr std::chrono::minutes kSweep{2};
constexpr std::chrono::minutes kSettle{1};  // a start is not the moment for what takes long

void prune_and_say(Core& core, const chores::Retention& retention) {
  const auto pruned =
      chores::prune(core.database(), core.directory().logs(), retention, core.clock().wall());
  if (pruned.jobs + pruned.deleted + pruned.events + pruned.answers + pruned.tokens +
          pruned.workloads + pruned.secrets ==
      0)
    return;
  core.log().info("what is too old is gone", {{"jobs", pruned.jobs},
                                              {"deleted", pruned.deleted},
                                              {"events", pruned.events},
                                              {"answers", pruned.answers},
                                              {"tokens", pruned.tokens},
                                              {"workloads", pruned.workloads},
                                              {"secrets", pruned.secrets}});
}

void fail_expired(Core& core) {
  const auto now = core.clock().wall();
  const auto failed = core.database().write([&](sqlite::Transaction& transaction) {
    return workload::workload_queue::fail_expired(transaction, now);
  });
  if (failed > 0) core.log().warn("workloads were late and have failed", {{"count", failed}});
}

// What an engine that was away, or a daemon that was killed, has left there.
void sweep_containers(Core& core) {
  const auto swept = core.sweep_containers();
  if (!swept) throw std::runtime_error(swept.error().message);
  if (*swept > 0) core.log().warn("abandoned containers are gone", {{"count", *swept}});
}

}  // namespace

Upkeep::Upkeep(Core& core, const Settings& settings, std::function<void()> released)
    : guard_(core.directory().path(), settings.minimum_free, core.clock(), core.log()),
      logs_(core.database(), core.clock(), core.log(), core.directory().logs(), settings.logs) {
  guard_.look();
  chores_ = std::make_unique<chores::Chores>(core.clock(), core.log(),
                                             all(core, settings, std::move(released)));
}

std::vector<chores::Chore> Upkeep::all(Core& core, const Settings& settings,
                                       std::function<void()> released) {
  const auto every = settings.chores_every;
  const auto first = std::min<std::chrono::milliseconds>(every, kSettle);
  const auto compress = std::min<std::chrono::milliseconds>(every, kCompress);
  const auto monitor = std::min<std::chrono::milliseconds>(every, kMonitor);
  const auto sweep = std::min<std::chrono::milliseconds>(every, kSweep);
  const auto disk = std::min<std::chrono::milliseconds>(every, kLookAtDisk);
  auto backups = std::make_shared<chores::BackupKeeper>(core.directory().database_file(),
                                                        core.directory().path() / "backups",
                                                        core.clock(), core.log(), settings.backup);
  return {
      {"disk", disk, disk,
       [this, released = std::move(released)] {
         if (guard_.look()) released();
       }},
      {"compress", compress, compress, [this] { logs_.compress_ended(); }},
      {"monitor", monitor, monitor, [&core] { fail_expired(core); }},
      {kContainersChore, sweep, sweep, [&core] { sweep_containers(core); }},
      {"prune", every, first,
       [&core, retention = settings.retention] { prune_and_say(core, retention); }},
      {"logs", every, first, [this] { logs_.sweep(); }},
      {"tidy", every, first,
       [&core] { chores::tidy_store(core.database(), core.directory().database_file()); }},
      {"backup", every, first, [backups] { backups->keep(); }},
      // A look at a hundred thousand logs is over in a moment, and so should be what it took.
      {"memory", every, first, [] { ::malloc_trim(0); }},
  };
}

}  // namespace wharf::daemon
