#pragma once

#include <stdexcept>
#include <string>

struct sqlite3;

namespace wharf::sqlite {

/// What SQLite refused to do. An exception: a door, or whoever knows better, turns it into an
/// Error.
class SqliteError : public std::runtime_error {
 public:
  /// `doing`: the statement or the act, without values.
  SqliteError(int extended_code, const std::string& text, std::string_view doing);

  int code() const { return extended_code_ & 0xff; }  ///< SQLITE_BUSY, SQLITE_FULL, …
  int extended_code() const { return extended_code_; }

  bool busy() const;        ///< locked by others beyond the busy timeout
  bool constraint() const;  ///< a constraint of the schema said no
  bool full() const;        ///< no room on the disk

 private:
  int extended_code_;
};

/// Throws what `database` says of its last failure.
[[noreturn]] void throw_last_error(sqlite3* database, std::string_view doing);

}  // namespace wharf::sqlite
