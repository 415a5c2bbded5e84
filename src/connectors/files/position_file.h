#pragma once
// Where the rows of one connection end in a directory of files, kept beside them in
//   <directory>/.wharf/<connection>.position
// replaced atomically after the rows it speaks of are on disk. Two parts, for two readers:
//
//   {"version":1,"connection":"6f1c…","files":[{"file":"orders.jsonl","length":1048576,
//    "inode":1311,"clean":false,"staging":null}]}
//   {"job":12,"attempt":0,"epoch":1,"streams":[…],"global":null}
//
// The first line is for those who follow a file: open it, take its inode, read up to the `length`
// that stands here for that inode, in `files[]` or its `staging`; bytes beyond may still be cut.
// `<directory>/.wharf/<file>.owner` says whose position speaks of a file. What stands behind the
// first line is the position of the protocol (sync-semantics 4.7); its streams stand in the order
// of `files`.

#include <wharf/protocol/state.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/files/durable_file.h"

namespace wharf::connectors::files {

/// The rows of a generation that are not yet in the file people read:
/// `<directory>/.wharf/<file>.<generation>.staging`.
struct Staging {
  /// What becomes of it. Once a position says `replace` or `join`, the rows are committed, and
  /// whoever opens next finishes the act.
  enum class Next { undecided, replace, join };

  std::int64_t generation = 0;
  FileMark mark;
  Next next = Next::undecided;
  std::int64_t joined = 0;  ///< bytes of it that already stand in the target
};

/// One stream and its file.
struct FilePosition {
  /// Generation, epoch, state, complete: of the newest commit. Length and inode are set when read
  /// and written: of the staging until it has replaced or joined the target.
  protocol::StreamPosition stream;
  std::string file;
  std::optional<FileMark> target;
  /// Nobody was appending to the target: it must be exactly as long as its mark.
  bool clean = true;
  std::optional<Staging> staging;

  /// Nothing to remember: it is not written.
  bool is_blank() const { return !target && !staging; }
  /// The rows that generation and state spoke of are gone.
  void forget_commit() {
    stream.state.reset();
    stream.complete = false;
  }
};

/// As the protocol says it: length and inode of the staging until it is in the target.
protocol::StreamPosition stream_position(const FilePosition& file);

struct DirectoryPosition {
  std::string connection;
  std::optional<std::int64_t> job;  ///< of the newest commit
  std::optional<std::int64_t> attempt;
  std::int64_t epoch = 0;
  std::optional<protocol::JsonText> global;
  std::vector<FilePosition> files;

  FilePosition* find(std::string_view file);
};

/// Throws Failure (data_foreign) for what is no position, or one of a later format (F-19).
DirectoryPosition parse_directory_position(std::string_view text);
std::string to_text(const DirectoryPosition& position);

/// The position on disk, under the lock of its connection. One thread.
class PositionFile {
 public:
  explicit PositionFile(std::filesystem::path path);

  /// What stands there; an empty position if nothing does.
  DirectoryPosition load();
  /// Replaces it, durably. Fails (conflict) when somebody else has replaced it since: then this
  /// writer's attempt no longer stands.
  void save(const DirectoryPosition& position);

 private:
  std::filesystem::path path_;
  std::int64_t inode_ = 0;  // of the file as we last saw it; 0: there was none
};

}  // namespace wharf::connectors::files
