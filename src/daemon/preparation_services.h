#pragma once

#include "connection/references.h"
#include "daemon/inquiry.h"
#include "database/database.h"
#include "secret/vault.h"

#include <map>
#include <string>

namespace wharf::daemon {

/// What preparing needs; borrowed.
struct PreparationServices {
  database::Database& database;
  const base::Clock& clock;
  Inquiry& inquiry;
  connection::Environment environment;
  const secret::Vault& vault;
  /// Who may change what comes of it: "file", the machine's own files, or "apply". Empty: who did
  /// before.
  std::string managed_by = "file";
  /// Secrets that come with the declaration: JSON by name.
  std::map<std::string, std::string> secrets = {};
  /// How long a connector may take; none: as long as an attempt gives it.
  std::optional<std::chrono::milliseconds> patience = {};
};

}  // namespace wharf::daemon
