#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace wharf::connectors::sqlite_destination {

/// Locks on names within one database, for the life of this object and of its process: beside the
/// database lies `<database>.wharf-lock`, of which a name locks one byte. SQLite's own locks are of
/// no use for that, since they end with each transaction.
class TableLocks {
 public:
  /// Opens the lock file. Failure (environment) if it cannot.
  explicit TableLocks(const std::filesystem::path& database);
  ~TableLocks();
  TableLocks(const TableLocks&) = delete;
  TableLocks& operator=(const TableLocks&) = delete;

  /// Takes the lock of `name`; false: another process (or another object) holds it.
  bool take(std::string_view name);

 private:
  int fd_ = -1;
};

}  // namespace wharf::connectors::sqlite_destination
