#pragma once

#include "declaration/declaration.h"
#include "schedule/time_zone.h"

#include <wharf/error.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace wharf::daemon {

/// The daemon's own settings: `/etc/wharf/wharf.yaml`. Every key may be left out.
struct Settings {
  std::string data_dir;                            ///< empty: where `wharf sync` keeps it
  std::string declarations = "/etc/wharf/conf.d";  ///< a directory of declarations
  std::optional<schedule::TimeZone> timezone;      ///< of crons that name none; none: the system's
  std::string listen = "127.0.0.1:8000";
  std::vector<std::string> hosts;  ///< names the API answers to, beside those of loopback
  int max_sync_workers = 10;       ///< syncs at once
  /// The key that secrets are encrypted with; empty: systemd's credential `wharf.key`, else
  /// `secret.key` in the data directory.
  std::string secret_key_file;
};

/// Reads a file of settings; one that is not there gives the defaults if it `may_be_missing`.
/// Relative paths are relative to the file. Fails with invalid_config: every problem, a line each.
Result<Settings> load_settings(const std::string& path, bool may_be_missing);

}  // namespace wharf::daemon
