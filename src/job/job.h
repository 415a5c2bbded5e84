#pragma once

#include <wharf/protocol/catalog.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"

namespace wharf::job {

/// `pending → running → incomplete ⇄ running → succeeded`, or `failed`, `cancelled`.
enum class JobStatus { pending, running, incomplete, succeeded, failed, cancelled };
std::string_view name_of(JobStatus status);
JobStatus job_status_named(std::string_view name);  ///< of the store: one of those
bool is_terminal(JobStatus status);

enum class Trigger { manual, scheduled };
std::string_view name_of(Trigger trigger);

/// `sync` moves rows; `clear` empties streams at their destination and forgets their states.
enum class JobKind { sync, clear };
std::string_view name_of(JobKind kind);

/// What a job is to do, frozen when it was wished. No secret is in it.
struct JobConfig {
  /// Of everything the declaration says about source, destination and connection: a later run with
  /// another hash is another job.
  std::string config_hash;
  protocol::ConfiguredCatalog catalog;
  /// The source's full refresh goes on inside a generation: it is ours or trusted to do so, and the
  /// destination supports refreshes.
  bool resumable_full_refresh = false;
  protocol::JsonText settings = "{}";  ///< whatever else the caller freezes
};

/// What the attempts so far say to the retry policy.
struct RetryCounters {
  int complete_successive = 0;
  int complete_total = 0;
  int partial_successive = 0;
  int partial_total = 0;
  int restarts_successive = 0;  ///< ended by our own restart without progress, in a row
  friend bool operator==(const RetryCounters&, const RetryCounters&) = default;
};

/// The wish that a connection be synced, or cleared, once.
struct Job {
  base::JobId id;
  base::ConnectionId connection;
  JobStatus status = JobStatus::pending;
  Trigger trigger = Trigger::manual;
  JobConfig config;
  RetryCounters retries;
  JobKind kind = JobKind::sync;
  bool cancel_asked = false;  ///< somebody wants it cancelled
  bool settled = false;       ///< a destination has accepted an attempt under this job's numbers
  base::WallTime next_try;    ///< not before
  base::WallTime created;
};

enum class AttemptStatus { running, succeeded, failed };
std::string_view name_of(AttemptStatus status);

/// One try at a job.
struct Attempt {
  base::AttemptId id;
  AttemptStatus status = AttemptStatus::running;
  std::optional<std::string> mode;  ///< "socket" or "stdio", once it is chosen
  std::optional<std::string> log_path;
  std::optional<protocol::JsonText> failures;
  base::WallTime created;
  std::optional<base::WallTime> ended;
};

}  // namespace wharf::job
