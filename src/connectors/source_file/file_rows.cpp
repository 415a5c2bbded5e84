#include "connectors/source_file/file_rows.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

#include "connectors/source_file/sample.h"

namespace wharf::connectors::source_file {
namespace {

/// `2024-01-31T10:00:00.123456Z`
std::string iso_micros(std::int64_t nanos) {
  const std::int64_t second = (nanos >= 0 ? nanos : nanos - 999'999'999) / 1'000'000'000;
  const std::time_t time = second;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     (nanos - second * 1'000'000'000) / 1000);
}

}  // namespace

MetadataColumns::MetadataColumns(const files::InputFile& file, const RowSettings& settings)
    : modified_at_(iso_micros(file.modified_at())) {
  if (!settings.stream.metadata_columns) return;
  if (const auto column = settings.schema->find(kFileUrl)) {
    values_.emplace_back(*column, record::Value::string(file.path()));
  }
  if (const auto column = settings.schema->find(kFileModified)) {
    record::RecordBatch none(settings.schema);
    record::Value value;
    settings.cells.parse((*settings.schema)[*column].type, modified_at_, value, none);
    values_.emplace_back(*column, value);
  }
}

void MetadataColumns::put_into(record::Value* row) const {
  for (const auto& [column, value] : values_) row[column] = value;
}

SkippedRows::~SkippedRows() {
  if (count_ == 0) return;
  fmt::print(stderr,
             "{}: {} rows left out (validation_policy: Skip Record), the first at byte {}\n", path_,
             count_, first_);
}

}  // namespace wharf::connectors::source_file
