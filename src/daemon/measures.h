#pragma once

#include "api/entrance.h"
#include "base/guarded.h"
#include "chores/chores.h"
#include "daemon/store_measures.h"
#include "database/database.h"
#include "metrics/exposition.h"
#include "metrics/family.h"
#include "replication/dispatcher.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace wharf::daemon {

/// What `/metrics` says, under components' names with the prefix `wharf_`: what has happened since
/// the daemon began is counted here as it happens, how things stand is asked of the store at each
/// scrape. Any thread may call it; nobody waits but who asks for the text.
class Measures {
 public:
  /// Whose counts are kept for each connection's every stream; beyond that a stream is "other".
  static constexpr std::size_t kStreamsMost = 20'000;

  /// Jobs of earlier lives are not counted: those up to the last one in the store.
  void begin(database::Database& database);

  using ChoreCounts = std::map<std::string, chores::ChoreCount>;

  void answered(const api::Answered& answer);
  void late(std::chrono::milliseconds by);
  /// While it runs, what its progress says counts.
  void started(const base::ConnectionId& connection,
               std::shared_ptr<const bookkeeper::Progress> progress);
  void ended(const job::Job& job, const replication::AttemptReport& report, base::WallTime now);
  /// What was confirmed for a connection has been stored, or could not be.
  void saved(const base::ConnectionId& connection, std::chrono::nanoseconds took, bool good);

  /// The text of one scrape. A store that does not answer is said, and what it knows left out.
  std::string text(database::Database& database, const std::filesystem::path& data_directory,
                   const ChoreCounts& chores, bool declarations_stand, base::WallTime now);

 private:
  struct Moved {
    bookkeeper::RowCount committed;
    std::int64_t rejected = 0;
  };
  using Streams = std::map<protocol::StreamDescriptor, Moved>;
  /// Of one connection.
  struct Syncs {
    std::map<std::pair<std::string, std::string>, std::uint64_t> ended;  ///< by status, trigger
    std::map<std::array<std::string, 3>, std::uint64_t> attempts;  ///< by result, origin, type
    metrics::Histogram took{metrics::kLongTimes};
    Streams streams;
    std::int64_t states_saved = 0;
    metrics::Histogram saves{metrics::kShortTimes};
    std::uint64_t save_errors = 0;
    std::shared_ptr<const bookkeeper::Progress> running;
  };
  struct Known {
    std::map<base::ConnectionId, Syncs> syncs;
    std::size_t streams = 0;
    std::int64_t last_job = 0;
    std::map<std::pair<std::string, std::string>, std::uint64_t> created;  ///< by kind, trigger
  };
  struct NewJob {
    std::int64_t id;
    std::string kind;
    std::string trigger;
  };

  static void add_moved(Known& known, Syncs& syncs, const bookkeeper::Streams& streams);
  static Streams moved_with_running(const Syncs& syncs);
  void count_new_jobs(sqlite::Connection& store);
  void add_syncs(metrics::Exposition& exposition, const StoreStand& stand);
  template <class Write>
  static void each_named(const Known& known, const StoreStand& stand, Write write);
  static void write_created(metrics::Exposition& exposition, const Known& known);
  static void write_ended(metrics::Exposition& exposition, const Known& known,
                          const StoreStand& stand);
  static void write_states(metrics::Exposition& exposition, const Known& known,
                           const StoreStand& stand);
  static void write_moved(metrics::Exposition& exposition, const Known& known,
                          const StoreStand& stand);
  void add_requests(metrics::Exposition& exposition) const;
  void add_connectors(metrics::Exposition& exposition) const;

  static std::unique_ptr<metrics::Histogram> short_times() {
    return std::make_unique<metrics::Histogram>(metrics::kShortTimes);
  }

  // What an attempt goes through lasts from milliseconds to days.
  static std::unique_ptr<metrics::Histogram> stages() {
    static constexpr double kTimes[] = {0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400};
    return std::make_unique<metrics::Histogram>(kTimes);
  }

  metrics::Family<metrics::Counter> requests_;                      ///< by route, method, status
  metrics::Family<metrics::Histogram> request_times_{short_times};  ///< by route, method
  metrics::Histogram lateness_{metrics::kShortTimes};
  metrics::Family<metrics::Counter> exits_;             ///< by connector, code
  metrics::Family<metrics::Histogram> stages_{stages};  ///< by stage
  base::Guarded<Known> known_;
};

}  // namespace wharf::daemon
