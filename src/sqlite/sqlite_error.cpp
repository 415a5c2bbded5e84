#include "sqlite/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace wharf::sqlite {

SqliteError::SqliteError(int extended_code, const std::string& text, std::string_view doing)
    : std::runtime_error(fmt::format("SQLite: {} (code {}) in: {}", text, extended_code, doing)),
      extended_code_(extended_code) {}

bool SqliteError::busy() const {
  return code() == SQLITE_BUSY || code() == SQLITE_LOCKED;
}
bool SqliteError::constraint() const {
  return code() == SQLITE_CONSTRAINT;
}
bool SqliteError::full() const {
  return code() == SQLITE_FULL;
}

void throw_last_error(sqlite3* database, std::string_view doing) {
  throw SqliteError(sqlite3_extended_errcode(database), sqlite3_errmsg(database), doing);
}

}  // namespace wharf::sqlite
