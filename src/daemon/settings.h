#pragma once

#include "chores/backup.h"
#include "chores/log_keeper.h"
#include "chores/retention.h"
#include "connection/references.h"
#include "daemon/docker_settings.h"
#include "declaration/declaration.h"
#include "job/auto_disable.h"
#include "replication/liveness.h"
#include "schedule/time_zone.h"

#include <wharf/error.h>
#include <wharf/protocol/context.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace wharf::daemon {

inline constexpr const char* kSettingsFile = "/etc/wharf/wharf.yaml";

/// A token that is made elsewhere and never expires: `tokens.NAME: {role, file}`.
struct TokenSetting {
  std::string name;
  std::string role;  ///< reader, operator or admin
  std::string file;
};

/// The daemon's own settings: `/etc/wharf/wharf.yaml`. Every key may be left out.
struct Settings {
  std::string data_dir;                            ///< empty: where `wharf sync` keeps it
  std::string declarations = "/etc/wharf/conf.d";  ///< a directory of declarations
  std::optional<schedule::TimeZone> timezone;      ///< of crons that name none; none: the system's
  std::string listen = "127.0.0.1:8000";
  std::vector<std::string> hosts;  ///< names the API answers to, beside those of loopback
  /// It may listen where everybody on the network reads along: there is no TLS here.
  bool insecure = false;
  /// Where clients reach it, as `https://wharf.example`, a path behind it included; empty: as each
  /// names it. Links in answers begin with it, and its host is one of `hosts`.
  std::string public_url;
  /// authentication: tokens; or none: whoever reaches the port is an admin.
  bool authenticate = true;
  /// basic.user, basic.password_file: for clients that know of no tokens. Both or neither.
  std::string basic_user;
  std::string basic_password_file;
  std::vector<TokenSetting> tokens;
  int max_sync_workers = 10;             ///< syncs at once
  int max_check_workers = 5;             ///< questions to connectors at once (question_desk.h)
  replication::LivenessLimits liveness;  ///< limits.source_idle, .destination_idle, .attempt
  std::uint64_t line_limit = protocol::kLineLimit;  ///< limits.line: bytes of a connector's line
  std::string metrics = "loopback";  ///< who may read /metrics: loopback, open, token
  /// The Unix socket of the command line; empty: `wharf.sock` in systemd's runtime directory, if
  /// it gives one, else in the data directory.
  std::string socket;
  chores::LogQuota logs;        ///< logs.per_job, logs.total, logs.keep
  chores::Retention retention;  ///< retention.jobs, retention.events, retention.answers
  chores::BackupPlan backup;    ///< backup.every, backup.keep
  std::uint64_t minimum_free = 256ull << 20;                          ///< disk.minimum_free
  std::chrono::milliseconds chores_every = std::chrono::minutes(15);  ///< chores.every
  /// shutdown.drain: how long running syncs may go on when the daemon is told to stop, while no
  /// other begins. 0: they are stopped at once, and go on with the next start.
  std::chrono::milliseconds drain{0};
  DockerSettings docker;
  job::AutoDisablePolicy auto_disable;  ///< auto_disable.failed_jobs, .days, ._warning
  /// The key that secrets are encrypted with; empty: systemd's credential `wharf.key`, else
  /// `secret.key` in the data directory.
  std::string secret_key_file;
};

/// Reads a file of settings; one that is not there gives the defaults if it `may_be_missing`.
/// Relative paths are relative to the file. Fails with invalid_config: every problem, a line each.
Result<Settings> load_settings(const std::string& path, bool may_be_missing);

/// What the environment sets goes before the file: `WHARF_DATA_DIR`, `WHARF_DECLARATIONS`,
/// `WHARF_LISTEN`, `WHARF_TIMEZONE`, `WHARF_MAX_SYNC_WORKERS`, `WHARF_DOCKER_HOST`,
/// `WHARF_DOCKER_NETWORK`, `WHARF_DOCKER_REGISTRY_AUTH`, `WHARF_LOCAL_MOUNT`. Fails with
/// invalid_config: every variable whose value cannot be, with the values that can, a line each.
Result<void> apply_environment(Settings& settings, const connection::Environment& environment);

}  // namespace wharf::daemon
