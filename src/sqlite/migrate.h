#pragma once

#include <wharf/error.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "sqlite/connection.h"

namespace wharf::sqlite {

/// One step of a schema: forward only, never edited once released.
struct Migration {
  std::int64_t number = 0;  ///< from 1, without gaps
  std::string_view name;    ///< `0001_the_beginning`
  std::string_view sql;
};

/// The number of the newest migration a database has seen; 0: none.
std::int64_t schema_version(Connection& connection);

/// Fails with `environment` if the database was made by a newer program. Writes nothing.
Result<void> require_known(Connection& connection, std::span<const Migration> migrations);

/// Brings the database to the newest migration, each in its own transaction together with its
/// number. Fails as require_known() does; SqliteError if a migration does not run: the database is
/// then as the one before it left it.
Result<void> migrate(Connection& connection, std::span<const Migration> migrations);

}  // namespace wharf::sqlite
