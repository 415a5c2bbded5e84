#pragma once

#include <wharf/connector/destination.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/destination_sqlite/configuration.h"
#include "connectors/destination_sqlite/position_table.h"
#include "connectors/destination_sqlite/slices.h"
#include "connectors/destination_sqlite/stream_table.h"
#include "connectors/destination_sqlite/table_locks.h"
#include "sqlite/connection.h"
#include "sqlite/transaction.h"

namespace wharf::connectors::sqlite_destination {

struct Options {
  std::chrono::milliseconds busy_timeout{60'000};  ///< a lock of others beyond it: Failure
  /// How long a transaction may have been open before the writer wants its commit …
  std::chrono::milliseconds commit_wanted{300};
  /// … and before it ends it without one: a group of rows too large for one hold of the lock.
  std::chrono::milliseconds group_max{600};
  AfterStep after = [](std::string_view) {};
};

/// Opens the database at `path`, its directory made, with what all of ours want to be set.
/// Throws SqliteError, or Failure (environment).
class Database : public sqlite::Connection {
 public:
  Database(const std::filesystem::path& path, std::chrono::milliseconds busy_timeout);
  /// Failure (environment) if the database does not take the mode.
  void set_journal_mode(const std::string& mode);
};

/// Rows go into one transaction per commit, begun by the first of them. It is SQLite's only write
/// lock, so it is never held for more than a second: commits come sooner when the runtime listens
/// to `wants_commit`, a group of rows that takes longer is put where readers do not see it, and
/// joins of stagings go in slices.
class SqliteWriter final : public connector::Writer {
 public:
  SqliteWriter(Configuration configuration, connector::WriteRequest request, Options options);
  ~SqliteWriter() override;

  protocol::Position position() const override { return position_; }
  void append(std::size_t stream, const record::RecordBatch& rows) override;
  void commit(const connector::Commit& commit) override;
  bool wants_commit() const override;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void claim_tables();
  std::unique_ptr<StreamTable> claim_table(
      std::size_t index,
      const std::map<protocol::StreamDescriptor, sql_tables::HeldPosition>& held);
  void refuse_foreign(const std::string& table, bool is_held);
  void recover();
  void forget_in_global(const protocol::StreamDescriptor& stream);
  void read_position();

  void begin();
  void end_group();
  void run_ahead();
  HeldGlobal check_attempt() const;

  const Configuration configuration_;
  const connector::WriteRequest request_;
  const Options options_;

  Database database_;
  TableLocks locks_;
  PositionTable positions_;
  Slices slices_;
  std::vector<std::unique_ptr<StreamTable>> tables_;  // as the request's streams
  protocol::Position position_;

  std::optional<sqlite::Transaction> transaction_;
  Time begun_;
};

}  // namespace wharf::connectors::sqlite_destination
