#pragma once

#include "base/guarded.h"
#include "daemon/core.h"
#include "daemon/inquiry.h"
#include "declaration/declaration.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wharf::daemon {

/// One connection in the hands of `wharf sync`.
struct ConnectionRun {
  enum class Phase { waiting, preparing, running, succeeded, failed, cancelled };
  std::string name;
  Phase phase = Phase::waiting;
  std::shared_ptr<const bookkeeper::Progress> progress;  ///< while an attempt runs, and after
  std::optional<replication::AttemptReport> report;      ///< of the newest attempt that ended
  std::optional<Error> error;                            ///< why no attempt could even be begun
  std::vector<std::string> notices;
  int attempts = 0;
  base::SteadyTime began;
  base::SteadyTime ended;
};
std::string_view name_of(ConnectionRun::Phase phase);

/// Syncs connections of a declaration, each once: what `wharf sync -f` does. It takes SIGINT and
/// SIGTERM (block_signals() must have been called): the first lets both sides commit and end, the
/// second ends the process at once.
class SyncRun {
 public:
  struct Request {
    declaration::Declaration declaration;
    std::vector<std::string> connections;  ///< names; empty: every active one
    std::filesystem::path data_directory;
    int parallel = 2;
    int retries = 0;  ///< further attempts, of each connection
    connection::Environment environment;
    BuiltinSpec builtin_spec;
  };

  /// Opens the store and begins. Fails like Core::open.
  static Result<std::unique_ptr<SyncRun>> begin(Request request);
  /// Ends what still runs.
  ~SyncRun();

  /// Waits until every connection has come to its end, at most so long. True: it has.
  bool wait(std::chrono::milliseconds most);
  /// How things stand. Any thread.
  std::vector<ConnectionRun> look() const;

 private:
  class Work;
  explicit SyncRun(std::shared_ptr<Work> work);
  std::shared_ptr<Work> work_;
};

}  // namespace wharf::daemon
