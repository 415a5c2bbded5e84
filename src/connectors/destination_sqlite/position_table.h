#pragma once
// `_wharf_position` and `_wharf_tombstone`: where the rows of each stream end, and the keys that
// hard deletes of the running job took away. Written in the transaction of the rows.

#include <wharf/protocol/state.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "connectors/sql_tables/stream_plan.h"
#include "sqlite/connection.h"

namespace wharf::connectors::sqlite_destination {

inline constexpr std::string_view kPositionTable = "_wharf_position";
inline constexpr std::string_view kTombstoneTable = "_wharf_tombstone";

/// What is kept of the connection as a whole: its newest commit, and its GLOBAL state.
struct HeldGlobal {
  std::optional<std::int64_t> job;
  std::optional<std::int64_t> attempt;
  std::int64_t epoch = 0;
  std::optional<std::string> state;
};

/// The rows of one connection. Names of streams as in the catalog that was given; no namespace and
/// an empty one are the same.
class PositionTable {
 public:
  PositionTable(sqlite::Connection& database, std::string connection)
      : database_(database), connection_(std::move(connection)) {}

  /// Makes both tables, if they are not there.
  static void create(sqlite::Connection& database);

  std::map<protocol::StreamDescriptor, sql_tables::HeldPosition> streams() const;
  HeldGlobal global() const;
  void save(const protocol::StreamDescriptor& stream, const sql_tables::HeldPosition& held);
  void save(const HeldGlobal& global);
  void remove(const protocol::StreamDescriptor& stream);

  /// The other connection that owns `table`, if its rows stand there or in its staging. A claim
  /// without rows is removed.
  std::optional<std::string> other_owner(std::string_view table);

  /// Forgets the hard deletes of `table` that another job than `job` made; all, without a job.
  void forget_tombstones(std::string_view table, std::optional<std::int64_t> job);
  bool has_tombstones(std::string_view table) const;

 private:
  sqlite::Connection& database_;
  std::string connection_;
};

}  // namespace wharf::connectors::sqlite_destination
