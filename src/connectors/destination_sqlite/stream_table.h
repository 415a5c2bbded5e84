#pragma once

#include <wharf/connector/destination.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/destination_sqlite/batch_rows.h"
#include "connectors/destination_sqlite/position_table.h"
#include "connectors/destination_sqlite/slices.h"
#include "connectors/destination_sqlite/tables.h"
#include "connectors/sql_tables/merge_sql.h"
#include "connectors/sql_tables/stream_plan.h"
#include "sqlite/statement.h"

namespace wharf::connectors::sqlite_destination {

/// One stream in the database: its table, its staging, and what is held of it. Begins and ends no
/// transaction, except in what takes Slices.
class StreamTable {
 public:
  struct Job {
    std::optional<std::int64_t> id;
    std::size_t index = 0;  ///< of the stream in its request
  };
  /// Borrows all but `table`, which is the target's name.
  StreamTable(sqlite::Connection& database, PositionTable& positions,
              const connector::WriteStream& stream, Job job, std::string table,
              std::optional<sql_tables::HeldPosition> held);

  const std::string& table() const { return table_; }

  /// Brings what a former attempt left into order. True: the rows that its state covers are gone.
  bool recover(Slices& slices);

  /// In the open transaction.
  void append(const record::RecordBatch& rows);
  /// The open transaction is about to end without a state: rows that would be seen too early go
  /// where readers do not see them, and where the next one to open drops them.
  void run_ahead();
  /// Takes what the commit says into the position, and swaps or lets join with a stream's last one.
  void cover(const connector::Commit::Stream& said, bool by_global);
  /// What is left to do once the commit is durable.
  void settle(Slices& slices);
  /// The transaction has ended.
  void group_ended() { in_group_ = false; }

 private:
  enum class Place { target, staging };
  enum class Road { upsert, null_key, remove };

  bool is_later_generation() const;
  void prepare();
  void choose_columns();
  void prepare_target();
  void prepare_staging();
  void use(Place place);
  std::string living_condition() const;
  sql_tables::Move move(std::string source, std::string target, std::string where = {}) const;

  void merge(const record::RecordBatch& rows);
  Road road_of(const record::RecordBatch& rows, std::size_t row) const;
  void merge_rows(Road road);
  void remember_removed();

  void join(Slices& slices);
  void cut(Slices& slices);
  void drop_stagings(Slices& slices);
  void replace_target();
  void forget_staging();

  sqlite::Connection& database_;
  PositionTable& positions_;
  const connector::WriteStream& stream_;
  const Job job_;
  const sql_tables::Landing landing_;
  const std::string table_;
  const std::string staging_;

  sql_tables::HeldPosition held_;
  bool is_held_ = false;  // the position table has a row of ours

  std::vector<FieldColumn> fields_;
  std::vector<std::string> columns_;  // meta and fields, as BatchRows gives them
  std::vector<std::string> key_;
  std::vector<std::uint32_t> key_wire_;
  std::optional<sql_tables::Cursor> cursor_;
  std::optional<std::size_t> deleted_at_;  // wire index; only where hard deletes are merged

  bool prepared_ = false;
  bool replaces_in_place_ = false;  // the target's row numbers are the user's: it is not swapped
  bool target_numbers_rows_ = true;
  Place place_ = Place::target;
  std::string source_name_;
  std::unique_ptr<BatchRows> rows_;
  std::unique_ptr<sqlite::Statement> insert_;  // or upsert
  std::string living_;                         // condition, where tombstones are kept
  std::unique_ptr<sqlite::Statement> upsert_beside_tombstones_;
  bool has_tombstones_ = false;
  bool replaced_ = false;  // a table that was swapped out waits for its removal

  bool in_group_ = false;         // rows were appended in the open transaction
  std::int64_t group_start_ = 0;  // newest row number of the target before them
};

}  // namespace wharf::connectors::sqlite_destination
