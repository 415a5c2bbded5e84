#pragma once

#include <wharf/record/record_batch.h>

#include <cstdint>
#include <memory>
#include <string>

#include "connectors/source_file/cell.h"
#include "connectors/source_file/file_list.h"

namespace wharf::connectors::source_file {

/// What the readers of all files of a stream share. Outlives them.
struct RowSettings {
  const StreamConfig& stream;
  const CellParser& cells;
  files::CsvFormat csv;
  std::shared_ptr<const record::Schema> schema;
  std::int64_t emitted_at = 0;
  bool last_line_counts = true;
  files::InputWindow::Settings window;
  std::size_t fill_bytes = std::size_t{64} << 10;  ///< of the file, in one batch
};

/// The typed rows of one file, from a place in it to its end. One thread.
class FileRows {
 public:
  virtual ~FileRows() = default;

  /// Fills `batch` with the next rows; their texts hold until the next call. False at the end.
  virtual bool fill(record::RecordBatch& batch) = 0;
  /// Where in the file the rows filled so far end.
  virtual std::uint64_t offset() const = 0;
};

/// `begin`: 0, or what `offset` said earlier of the same file.
std::unique_ptr<FileRows> open_csv_rows(const files::InputFile& file, std::uint64_t begin,
                                        const RowSettings& settings);
std::unique_ptr<FileRows> open_jsonl_rows(const files::InputFile& file, std::uint64_t begin,
                                          const RowSettings& settings);

/// The columns that say which file a row is from: the same two values in all its rows.
class MetadataColumns {
 public:
  MetadataColumns(const files::InputFile& file, const RowSettings& settings);
  void put_into(record::Value* row) const;

 private:
  std::string modified_at_;
  std::vector<std::pair<std::size_t, record::Value>> values_;
};

/// Rows that `validation_policy: Skip Record` leaves out: counted, and said on stderr (the
/// attempt's log) when the file has been read.
class SkippedRows {
 public:
  explicit SkippedRows(std::string path) : path_(std::move(path)) {}
  ~SkippedRows();
  SkippedRows(const SkippedRows&) = delete;
  SkippedRows& operator=(const SkippedRows&) = delete;

  void add(std::uint64_t offset) {
    if (count_++ == 0) first_ = offset;
  }

 private:
  std::string path_;
  std::uint64_t count_ = 0;
  std::uint64_t first_ = 0;
};

}  // namespace wharf::connectors::source_file
