#pragma once

#include <wharf/record/buffer.h>
#include <wharf/record/meta_columns.h>
#include <wharf/record/record_batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/destination_sqlite/sqlite_dialect.h"
#include "sqlite/row_source.h"

namespace wharf::connectors::sqlite_destination {

/// Rows of a batch as SQLite's statements see them: the meta columns, the fields in declared order,
/// and the key as one text (for tombstones). One thread.
class BatchRows final : public sqlite::RowSource {
 public:
  struct Fixed {
    std::int64_t generation = 0;
    std::optional<std::int64_t> sync_id;
    std::vector<std::uint32_t> fields;  ///< wire index of each field column
    std::vector<std::uint32_t> key;     ///< wire index of each part of the key
    std::vector<bool> reals;            ///< by field column: integers are given as doubles
  };
  explicit BatchRows(Fixed fixed);

  static constexpr std::size_t kMetaColumns = 4;

  /// What the columns that the rows go into do to values, one for each field.
  void set_affinities(std::vector<Affinity> affinities);
  /// The rows [first, last) of `batch`, which is borrowed until the next call.
  void set(const record::RecordBatch& batch, std::size_t first, std::size_t last);

  std::size_t rows() const override { return last_ - first_; }
  void cell(std::size_t row, std::size_t column, sqlite::Cell out) noexcept override;

 private:
  void enter(std::size_t row);
  void field(std::size_t column, sqlite::Cell out);
  void meta(sqlite::Cell out);
  void key(sqlite::Cell out);
  /// Whether a column of that affinity would give back another value than it was given.
  static bool bends(Affinity affinity, const record::Value& value);

  Fixed fixed_;
  std::vector<Affinity> affinities_;
  bool all_fit_ = true;  // no column bends any value
  std::string plain_meta_;
  record::RawIds raw_ids_;

  const record::RecordBatch* batch_ = nullptr;
  std::size_t first_ = 0;
  std::size_t last_ = 0;

  std::size_t entered_ = 0;  // row + 1 that raw_id_ belongs to; 0: none
  char raw_id_[36];
  std::int64_t extracted_at_ = INT64_MIN;
  record::Buffer extracted_text_;
  record::Buffer meta_text_;
  record::Buffer key_text_;
  std::vector<record::Buffer> texts_;  // of fields whose text is made, a buffer each
};

}  // namespace wharf::connectors::sqlite_destination
