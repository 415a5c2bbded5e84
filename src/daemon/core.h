#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "bookkeeper/bookkeeper.h"
#include "daemon/docker_settings.h"
#include "daemon/engine.h"
#include "database/data_directory.h"
#include "database/database.h"
#include "launcher/launchers.h"
#include "operation/question_desk.h"
#include "replication/dispatcher.h"
#include "secret/vault.h"

#include <filesystem>
#include <memory>

namespace wharf::daemon {

/// What `wharf sync -f` and the daemon share: the store, the engine, the launcher, the bookkeeper
/// and the dispatcher, in their order of dependence. Destruction in reverse is the shutdown, but
/// that the engine stops before what its coroutines use, and goes after those who call back into
/// it.
class Core {
 public:
  struct Settings {
    std::filesystem::path data_directory;
    replication::Dispatcher::Settings dispatcher;
    bookkeeper::BookkeeperOptions bookkeeper;
    base::LogLevel log_level = base::LogLevel::warn;
    std::uint64_t log_per_job = 64ull << 20;  ///< what all logs of a job may take
    replication::LivenessLimits liveness;
    std::size_t line_limit = protocol::kLineLimit;  ///< bytes of a connector's line
    secret::KeyPlaces key;                          ///< the data directory need not be named
    DockerSettings docker;
    int questions_at_once = 0;  ///< checks, discovers and specs; 0: there is no desk for them
  };

  /// Takes the data directory, ends what an earlier life left running, and stands ready. To be
  /// called after process::block_signals(), before any other thread is there. Fails with conflict
  /// (somebody else has the directory) or environment.
  static Result<std::unique_ptr<Core>> open(Settings settings,
                                            replication::Dispatcher::Events events);
  ~Core();

  database::Database& database() { return *database_; }
  const base::Clock& clock() const { return clock_; }
  base::Log& log() { return log_; }
  launcher::Launcher& launcher() { return *launcher_; }
  boost::asio::any_io_executor executor() { return engine_->executor(); }
  replication::Dispatcher& dispatcher() { return *dispatcher_; }
  /// Only where questions_at_once is not 0. Begins when it is told to.
  operation::QuestionDesk& questions() { return *questions_; }
  const std::filesystem::path& runs() const { return runs_; }
  const database::DataDirectory& directory() const { return directory_; }
  const secret::Vault& vault() const { return *vault_; }
  /// Which deployment this store is, as its containers are labelled; for ever.
  const std::string& deployment() const { return deployment_; }
  /// Removes the containers of connectors that are nobody's any more, if the store knows images at
  /// all, and answers how many. Blocks; not on the engine's thread. Fails with what the engine, or
  /// its absence, says.
  Result<int> sweep_containers();
  std::size_t line_limit() const { return line_limit_; }

 private:
  Core(database::DataDirectory directory, base::LogLevel log_level);
  void renew_secrets();
  void end_containers(bool recorded);
  Result<void> recover();

  base::SystemClock clock_;
  base::Log log_;
  database::DataDirectory directory_;
  std::filesystem::path runs_;
  std::string boot_id_;
  std::string deployment_;
  std::size_t line_limit_ = protocol::kLineLimit;
  job::RetryPolicy retries_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<database::Database> database_;
  std::unique_ptr<secret::Vault> vault_;
  std::unique_ptr<launcher::Launchers> launcher_;
  std::unique_ptr<bookkeeper::Bookkeeper> bookkeeper_;
  std::unique_ptr<operation::QuestionDesk> questions_;
  std::unique_ptr<replication::Dispatcher> dispatcher_;
};

/// `--data-dir`, else `$XDG_STATE_HOME/wharf`, else `~/.local/state/wharf`.
std::filesystem::path data_directory(const std::string& chosen);

/// What runs connectors: as children of this process, and at the engine. `data_directory` is where
/// the shim is put.
Result<std::unique_ptr<launcher::Launchers>> make_launcher(
    const std::filesystem::path& data_directory, const DockerSettings& docker,
    const std::string& deployment);

}  // namespace wharf::daemon
