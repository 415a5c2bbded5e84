#pragma once

#include <wharf/error.h>

#include <filesystem>
#include <utility>

#include "sqlite/sqlite_error.h"

namespace wharf::connectors::sqlite_destination {

/// What SQLite refused to do, said so that the user can act on it.
Failure failure_of(const sqlite::SqliteError& error, const std::filesystem::path& database);

/// Runs `f`; SQLite's errors leave it as Failures.
template <class F>
decltype(auto) by_name(const std::filesystem::path& database, F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (const sqlite::SqliteError& error) {
    throw failure_of(error, database);
  }
}

}  // namespace wharf::connectors::sqlite_destination
