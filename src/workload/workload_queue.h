#pragma once
// SQL of queued_workload: what the queue does, each in one transaction.

#include <base/ids.h>
#include <sqlite/transaction.h>
#include <wharf/error.h>
#include <workload/queued_workload.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::workload::workload_queue {

enum class Created { made, was_there };

/// Adds a pending workload. One of that id is there already: nothing happens, or, if it was wished
/// otherwise, `conflict` (F-43). Older live ones with its mutex key have failed, superseded by it.
Result<Created> create(sqlite::Transaction& transaction, const WorkloadWish& wish,
                       base::WallTime now);

/// Takes it for a launcher. False: somebody else has it, it has ended, or it never was.
bool claim(sqlite::Transaction& transaction, std::string_view id, std::string_view dataplane,
           std::optional<base::WallTime> deadline, base::WallTime now);

/// What is told of a workload, and with its end why, by whom, and what came out of it.
struct Told {
  Tidings tidings = Tidings::heartbeat;
  std::optional<base::WallTime> deadline = {};  ///< none: the one that the new status gives
  std::optional<std::string> source = {};
  std::optional<std::string> reason = {};
  std::optional<protocol::JsonText> output = {};
};
/// Fails with `not_found`, and with `conflict` if it comes too late: stop working.
Result<void> tell(sqlite::Transaction& transaction, std::string_view id, const Told& told,
                  base::WallTime now);

/// The oldest that nobody has claimed, no more than `most`: out of the queue for a while, so that
/// nobody else gets them meanwhile.
std::vector<QueuedWorkload> poll(sqlite::Transaction& transaction, std::string_view group,
                                 std::optional<Priority> priority, std::int64_t most,
                                 base::WallTime now);

/// The monitors' round: those past their deadline have failed, and those that ran too long; the
/// source of each failure names the monitor, `workload-monitor-claim`, `-start`, `-heartbeat`,
/// `-sync-timeout` or `-non-sync-timeout`.
std::int64_t fail_expired(sqlite::Transaction& transaction, base::WallTime now);
/// Removes what has left the queue before `time`, no more than `most`.
std::int64_t clean(sqlite::Transaction& transaction, base::WallTime time, std::int64_t most);

/// At the start of the launcher that has `group`: what its earlier life was given is in the queue
/// again, as if nobody had claimed it.
void take_back(sqlite::Transaction& transaction, std::string_view group, base::WallTime now);

std::optional<QueuedWorkload> get(sqlite::Connection& connection, std::string_view id);
/// One that lives and wishes the same, whoever wished it.
std::optional<std::string> find_live(sqlite::Connection& connection, std::string_view group,
                                     WorkloadType type, std::string_view input);

/// Somebody more urgent wishes the same: while nobody has claimed it, it is as urgent as that.
void raise_to(sqlite::Transaction& transaction, std::string_view id, Priority priority);

/// Which ones; an empty list: any.
struct Filter {
  std::vector<std::string> dataplanes = {};
  std::vector<QueueStatus> statuses = {};
  std::optional<base::WallTime> updated_before = {};
  std::optional<base::WallTime> created_before = {};
  std::optional<base::WallTime> deadline_before = {};
  std::optional<bool> is_sync = {};
  bool live = false;  ///< have a deadline
};
/// In the order of their creation.
std::vector<QueuedWorkload> list(sqlite::Connection& connection, const Filter& filter);

struct Depth {
  std::string group;
  Priority priority = Priority::standard;
  std::int64_t count = 0;
};
/// How many may be polled now.
std::int64_t depth(sqlite::Connection& connection, std::string_view group,
                   std::optional<Priority> priority, base::WallTime now);
/// How many nobody has claimed yet.
std::vector<Depth> stats(sqlite::Connection& connection);

}  // namespace wharf::workload::workload_queue
