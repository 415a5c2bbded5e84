#pragma once

#include <wharf/protocol/catalog.h>
#include <wharf/protocol/json.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/files/input_file.h"

namespace wharf::connectors::source_file {

/// How far a file has been read, and which file it was.
struct FileMark {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::string hash;              ///< of the first min(4 KiB, offset) bytes
  std::int64_t modified_at = 0;  ///< nanoseconds since 1970

  /// Whether `file` is still the one the mark was made of: same inode, not shorter than what was
  /// read, and beginning with the same bytes.
  bool is_of(const files::InputFile& file) const;
  static FileMark of(const files::InputFile& file, std::uint64_t offset);
};

/// A stream's state.
///   {"v":1,"source":"file","mode":"incremental","files":{"/data/a.csv":[inode,offset,"hash",modified]}}
///   {"v":1,"source":"file","mode":"full_refresh","file":"/data/a.csv","mark":[…],"ended":false,"done":false}
/// An incremental read remembers every file; a full refresh goes through the files by path, so the
/// one it stands in says which are behind it.
struct ReadState {
  std::map<std::string, FileMark> files;  ///< incremental
  std::string file;                       ///< full refresh: the newest file; empty: none yet
  FileMark mark;
  bool ended = false;  ///< all of that file has been read
  bool done = false;   ///< all of all files has been read
};

/// Throws a Failure by name for a state that is not this source's, not of this sync mode, or of a
/// later version (F-19).
ReadState parse_read_state(std::string_view text, protocol::SyncMode mode,
                           const protocol::StreamDescriptor& stream);

protocol::JsonText to_json(const ReadState& state, protocol::SyncMode mode);

}  // namespace wharf::connectors::source_file
