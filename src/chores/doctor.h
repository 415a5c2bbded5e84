#pragma once
// What is right and what is not, each with what to do about it.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "chores/chores.h"
#include "database/database.h"

namespace wharf::chores {

enum class Verdict { ok, warning, problem };
std::string_view name_of(Verdict verdict);

struct Finding {
  std::string subject;  ///< "data directory", "backups", "connection 'orders'"
  Verdict verdict = Verdict::ok;
  std::string said;
  std::string advice;  ///< empty if there is nothing to do
};
using Findings = std::vector<Finding>;

/// What can be said without a daemon: the directory, its modes, its disk.
Findings examine_directory(const std::filesystem::path& data_directory, std::uint64_t least_free);

/// What the store says: that it is whole; connections that were given up, whose last job failed,
/// whose destination's disk is nearly full.
Findings examine_store(database::Database& database, std::uint64_t least_free);

/// `every` 0: none are made.
Findings examine_backups(const std::filesystem::path& data_directory,
                         std::chrono::milliseconds every, base::WallTime now);

/// Chores that failed the last time.
Findings examine_chores(const std::map<std::string, ChoreCount>& chores);

}  // namespace wharf::chores
