#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sqlite/sqlite_error.h"

struct sqlite3;

namespace wharf::sqlite {

class Statement;

/// One open SQLite database. One thread at a time. Whatever fails throws SqliteError.
class Connection {
 public:
  enum class Access { create, read_write, read_only };
  struct Options {
    Access access = Access::create;
    /// How long a statement waits for the lock of others before it fails as busy.
    std::chrono::milliseconds busy_timeout{5000};
  };

  /// Opens `path`; `":memory:"` is a database of its own that ends with this object.
  explicit Connection(const std::string& path);
  Connection(const std::string& path, Options options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one or more statements that need no values and give none.
  void execute(std::string_view sql);

  /// The statement for `sql`, prepared at its first use and kept: call it as often as you like.
  /// It may not be asked for again while a Run of it lives.
  Statement& statement(std::string_view sql);

  /// The first column of the first row as a number; 0 if there is no row. For pragmas and counts.
  std::int64_t number(std::string_view sql);

  std::int64_t last_insert_id() const;
  std::int64_t changes() const;  ///< rows changed by the last insert, update or delete
  bool in_transaction() const;
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return database_; }

 private:
  const std::string path_;
  sqlite3* database_ = nullptr;
  std::unordered_map<std::string, std::unique_ptr<Statement>> statements_;
};

/// `"na""me"`: a name that may hold anything, as SQL wants it.
std::string quoted_name(std::string_view name);

}  // namespace wharf::sqlite
