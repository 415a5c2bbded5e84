#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/source_file/config.h"

namespace wharf::connectors::source_file {

struct FileEntry {
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::int64_t modified_at = 0;  ///< nanoseconds since 1970
};

/// The files of a stream as they are now, and what they are.
struct FileSet {
  std::vector<FileEntry> files;  ///< by path, each once
  Filetype filetype = Filetype::csv;
  files::CsvFormat csv;  ///< the configured one, with the delimiter that the type implies
};

/// Looks for the files of a stream. Fails by name: a path that is missing, a directory or pattern
/// without files, a format that cannot be told, compressed files.
FileSet list_files(const StreamConfig& stream);

/// Whether `path` matches `pattern`, segment by segment: `*`, `?`, `[…]`, `{a,b}`; `**` is any
/// number of directories. A name that begins with a dot is matched only by a pattern that does.
bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace wharf::connectors::source_file
