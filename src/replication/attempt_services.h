#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "bookkeeper/bookkeeper.h"
#include "launcher/launcher.h"
#include "operation/question_desk.h"
#include "replication/liveness.h"
#include "secret/vault.h"

#include <wharf/protocol/context.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace wharf::replication {

/// What attempts run on. Borrowed; outlives them.
struct AttemptServices {
  const base::Clock& clock;
  base::Log& log;
  database::Database& database;
  bookkeeper::Bookkeeper& bookkeeper;
  launcher::Launcher& launcher;
  std::filesystem::path runs;  ///< where run directories are made
  std::filesystem::path logs;  ///< where attempts' logs are kept
  std::string boot_id;         ///< of this boot of the host: a pid counts only within it
  const secret::Vault& vault;
  operation::QuestionDesk* questions = nullptr;  ///< for checks before an attempt; none: no checks
  std::uint64_t log_per_job = 64ull << 20;       ///< what all logs of a job may take
  LivenessLimits liveness = {};
  std::size_t line_limit = protocol::kLineLimit;  ///< bytes of a connector's line
  definition::Resources usual_resources = {};     ///< of images of which nobody says anything
};

}  // namespace wharf::replication
