#pragma once
// A workload in the queue between those who wish operations and those who launch connectors
// (components 1.5): pending → claimed → launched → running → success, failure or cancelled.

#include <base/clock.h>
#include <wharf/protocol/json.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::workload {

enum class WorkloadType { sync, check, discover, spec };
std::string_view name_of(WorkloadType type);
std::optional<WorkloadType> workload_type_named(std::string_view name);

enum class QueueStatus { pending, claimed, launched, running, success, failure, cancelled };
std::string_view name_of(QueueStatus status);
std::optional<QueueStatus> queue_status_named(std::string_view name);
bool is_terminal(QueueStatus status);

/// What a launcher tells of a workload it has claimed, and what ends one.
enum class Tidings { launched, running, heartbeat, success, failure, cancelled };

/// What they make of it; none: they come too late, and whoever brings them is to stop working.
std::optional<QueueStatus> after(QueueStatus status, Tidings tidings);

/// How long a workload may stay as it is before it counts as failed.
inline constexpr std::chrono::minutes kUntilClaimed{30};
inline constexpr std::chrono::minutes kUntilLaunched{30};
inline constexpr std::chrono::minutes kUntilHeard{10};
/// How long one that was given out stays out of the queue while nobody has claimed it.
inline constexpr std::chrono::minutes kRedelivery{5};

enum class Priority { standard, high };

/// The group of those that this daemon launches itself.
inline constexpr std::string_view kOwnGroup = "local";

/// What is wished.
struct WorkloadWish {
  std::string id;
  WorkloadType type = WorkloadType::sync;
  std::string input;  ///< for the launcher; no secret
  protocol::JsonText labels = "[]";
  std::optional<std::string> workspace;
  std::optional<std::string> organization;
  std::optional<std::string> log_path;
  std::optional<std::string> mutex_key;  ///< of those with the same one only the newest lives
  std::optional<std::string> signal_input;
  Priority priority = Priority::high;
  std::string group;  ///< whose launchers; kOwnGroup: this daemon's own
  std::optional<base::WallTime> deadline;
  friend bool operator==(const WorkloadWish&, const WorkloadWish&) = default;
};

struct QueuedWorkload {
  WorkloadWish wish;
  QueueStatus status = QueueStatus::pending;
  std::string auto_id;
  std::optional<std::string> dataplane;  ///< the launcher that has claimed it
  std::optional<base::WallTime> deadline;
  std::optional<std::string> termination_source;
  std::optional<std::string> termination_reason;
  std::optional<protocol::JsonText> output;
  base::WallTime created;
  base::WallTime updated;
};

}  // namespace wharf::workload
