#pragma once

#include <semaphore>
#include <vector>

#include "base/guarded.h"
#include "database/data_directory.h"
#include "database/writer.h"
#include "sqlite/sqlite_error.h"

namespace wharf::database {

/// The daemon's file, `<data-dir>/wharf.db`. Any thread may use it; it outlives everyone who
/// does. Two verbs: `read` and `write`. What `write` has answered survives a power cut.
class Database {
 public:
  struct Options {
    std::chrono::milliseconds busy_timeout{10'000};  ///< for locks of other programs
  };

  /// Opens or creates the file and brings it to this program's schema; an older one is copied
  /// first, to `wharf.db.before-<schema>`. Fails with `environment` by name: made by a newer
  /// version, locked, not readable, a migration that does not run.
  static Result<std::unique_ptr<Database>> open(const DataDirectory& directory);
  static Result<std::unique_ptr<Database>> open(const DataDirectory& directory, Options options);

  /// What SQLite refused, as an error that names the file, and how long a lock was waited for.
  Error unusable(const sqlite::SqliteError& error) const;

  /// Runs `f(sqlite::Transaction&)` on the writer thread and waits for its commit. Gives what `f`
  /// returns; throws what it throws, or why the commit failed. An error Result of `f` undoes what
  /// it wrote. Never from the engine, nor from inside another write.
  template <class F>
  auto write(F f) {
    WHARF_CHECK(!writer_.is_this_thread());
    return write_async(std::move(f)).get();
  }

  /// The same without waiting.
  template <class F>
  auto write_async(F f) {
    auto write = std::make_unique<WriteOf<F>>(std::move(f));
    auto future = write->future();
    writer_.submit(std::move(write));
    return future;
  }

  /// The same without waiting; `done(std::future<…>)` is called on the writer thread with a future
  /// that is ready: post it to your strand. `done` must not throw, nor write and wait.
  template <class F, class Done>
  void write_then(F f, Done done) {
    writer_.submit(std::make_unique<WriteOf<F>>(std::move(f), std::move(done)));
  }

  /// Runs `f(sqlite::Connection&)` here and now, on one consistent view of what is committed.
  template <class F>
  auto read(F f) {
    Reader reader(*this);
    sqlite::Transaction view(reader.connection(), sqlite::Transaction::Kind::deferred);
    return f(reader.connection());
  }

 private:
  class Reader {
   public:
    explicit Reader(Database& database);
    ~Reader();
    sqlite::Connection& connection() { return *connection_; }

   private:
    Database& database_;
    std::unique_ptr<sqlite::Connection> connection_;
  };

  Database(std::string file, Options options, std::unique_ptr<sqlite::Connection> writing);
  static Error unusable(const std::string& file, const Options& options,
                        const sqlite::SqliteError& error);

  static constexpr int kReaders = 4;

  const std::string file_;
  const Options options_;
  // Closed last, when nobody else has the file: that empties the write-ahead log into it. Those who
  // only read cannot.
  const std::unique_ptr<sqlite::Connection> writing_;
  std::counting_semaphore<kReaders> free_readers_{kReaders};
  base::Guarded<std::vector<std::unique_ptr<sqlite::Connection>>> readers_;
  Writer writer_;
};

}  // namespace wharf::database
