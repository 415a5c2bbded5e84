#pragma once

#include "base/guarded.h"
#include "daemon/core.h"
#include "daemon/deployment.h"
#include "daemon/front_door.h"
#include "daemon/inquiry.h"
#include "daemon/measures.h"
#include "daemon/rollout.h"
#include "daemon/running_syncs.h"
#include "daemon/sandbox.h"
#include "daemon/service_manager.h"
#include "daemon/settings.h"
#include "daemon/upkeep.h"
#include "schedule/scheduler.h"

#include <functional>
#include <memory>
#include <optional>

namespace wharf::daemon {

/// What `wharf serve` is: the core, the scheduler, what is declared and the HTTP endpoint, in their
/// order of dependence. Its end lets running syncs commit what they have; their jobs go on with the
/// next start.
class Daemon {
 public:
  struct Options {
    Settings settings;
    std::filesystem::path data_directory;
    connection::Environment environment;
    BuiltinSpec builtin_spec;
  };

  /// Recovers, and begins to run what is due. Declarations that cannot be read, or name what the
  /// service cannot reach, are as with reload(); where none were in force before, it fails with
  /// invalid_config. Fails like Core::open, and with environment on a data directory out of reach.
  static Result<std::unique_ptr<Daemon>> start(Options options);
  /// Reads the declarations and whatever the settings name, as a start would, and touches nothing.
  static Result<void> check(Options options);
  ~Daemon();

  /// One line on how things stand, for systemd.
  std::string status() const;

  /// Lets running syncs go on to their end while no other begins, for as long as the settings
  /// allow; they may allow no time at all. What is to follow is the daemon's end. On the thread
  /// that started it.
  void drain();

  /// Reads the declarations again. What is wrong with them is in the log, the status, the health
  /// and the measures, and the former ones stay in force. On the thread that started the daemon.
  void reload();

 private:
  explicit Daemon(Options options)
      : options_(std::move(options)), sandbox_(Sandbox::of_this_process(options_.environment)) {}
  replication::Dispatcher::Events events();
  using Declared = std::shared_ptr<const declaration::Declaration>;
  Result<Declared> read_declarations() const;
  bool has_former_declarations();
  void note(const Result<Declared>& declared);
  void make_parts();
  void end_schedule();
  Result<void> open_core();
  Result<void> open_door();
  schedule::TimeZone zone() const;
  api::Instance instance(const std::string& socket);

  /// What calls, from the engine, those that come and go while it turns: a connection's next run is
  /// to be worked out anew; a sync has ended.
  using Call = base::Guarded<std::function<void(const base::ConnectionId&)>>;

  const Options options_;
  const Sandbox sandbox_;
  const std::shared_ptr<Call> renew_ = std::make_shared<Call>();
  const std::shared_ptr<Call> ended_ = std::make_shared<Call>();
  Measures measures_;
  RunningSyncs running_;
  /// What its own files declare, as it was read last; null: they were wrong at the start.
  base::Guarded<Declared> own_files_;
  /// What is wrong with them since they were read again: older ones are in force.
  base::Guarded<std::optional<api::StaleDeclarations>> stale_;
  std::unique_ptr<Rollout> rollout_;  // beyond the core: coroutines of the engine refer to it
  std::unique_ptr<Upkeep> upkeep_;    // beyond the core: its dispatcher asks the guard to the last
  std::unique_ptr<Core> core_;
  std::optional<Heartbeat> heartbeat_;
  base::WallTime started_{};
  std::unique_ptr<schedule::Scheduler> scheduler_;
  std::unique_ptr<Deployment> deployment_;
  std::unique_ptr<FrontDoor> door_;
};

}  // namespace wharf::daemon
