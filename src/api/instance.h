#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "api/declaration_wish.h"
#include "base/clock.h"
#include "base/ids.h"
#include "bookkeeper/progress.h"
#include "chores/chores.h"
#include "chores/disk_guard.h"
#include "database/data_directory.h"
#include "database/database.h"

namespace wharf::api {

/// Why older declarations are in force than those that stand in the files.
struct StaleDeclarations {
  std::string problems;  ///< a line each, with file and line
  base::WallTime since;
};

/// The daemon as its own API, `/api/wharf/v1`, shows and serves it; what it refers to outlives the
/// server. Any thread.
struct Instance {
  database::Database& database;
  const base::Clock& clock;
  const database::DataDirectory& directory;
  std::string version;
  base::WallTime started;
  std::string socket;  ///< where it listens for those of this machine
  int syncs_at_once = 0;
  std::uint64_t least_free = 0;            ///< of the disk
  std::chrono::milliseconds backup_every;  ///< 0: none are made
  std::function<std::optional<chores::DiskGuard::Hold>()> hold;
  /// Where the running attempt of a connection is.
  std::function<std::optional<bookkeeper::AttemptProgress>(const base::ConnectionId&)> progress;
  /// A connection's status has changed: its next run is worked out anew.
  std::function<void(const base::ConnectionId&)> changed;
  /// Holds what is declared to what there is, and makes it so.
  DeclarationTaker take_declaration;
  /// The declarations' files were read again and are wrong.
  std::function<std::optional<StaleDeclarations>()> stale_declarations;
  std::function<std::map<std::string, chores::ChoreCount>()> chores;  ///< how each was done
};

}  // namespace wharf::api
