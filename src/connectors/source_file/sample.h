#pragma once

#include <wharf/record/schema.h>

#include <vector>

#include "connectors/source_file/file_list.h"

namespace wharf::connectors::source_file {

/// How much of each file is looked at.
struct SampleSize {
  std::size_t first_rows = 10'000;
  std::size_t places = 10;
  std::size_t rows_at_place = 100;
};

/// The columns of a stream's files (the union, in the order they first appear) with the types that
/// a sample of their rows has; what the configuration sets by hand holds. Then the metadata
/// columns. A header that cannot be used and unreadable files fail by name.
std::vector<record::Column> discover_columns(const StreamConfig& stream, const FileSet& set,
                                             SampleSize size);

inline constexpr std::string_view kFileUrl = "_ab_source_file_url";
inline constexpr std::string_view kFileModified = "_ab_source_file_last_modified";
inline constexpr std::string_view kSchemalessColumn = "data";

}  // namespace wharf::connectors::source_file
