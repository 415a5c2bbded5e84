#pragma once

#include <wharf/protocol/catalog.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/files/output_file.h"
#include "connectors/files/output_paths.h"
#include "connectors/files/position_file.h"

namespace wharf::connectors::files {

/// One stream on its way into one file.
struct OutputRequest {
  protocol::StreamDescriptor descriptor;  ///< as in the catalog
  std::string file;                       ///< name in the directory
  std::int64_t generation = 0;
  std::int64_t epoch = 0;
  /// Rows go into the staging of their generation, which then …
  bool staged = false;
  bool replaces = false;  ///< … replaces the target; else joins it
  /// A staging of the same generation goes on; else it is always begun anew.
  bool goes_on = false;
};

/// The rules for one file: what a crash left, where rows go, how a staging becomes the target.
/// Every act is so ordered that the next `recover` finds either the old rows or the new ones,
/// whole.
class OutputStream {
 public:
  /// Writes the position of all streams, durably.
  using Save = std::function<void()>;

  /// `paths`, `position` and `save` outlive the stream.
  OutputStream(const OutputPaths& paths, OutputRequest request, FilePosition& position,
               const Save& save);

  /// Cuts back what no commit covers and finishes a swap or join that was committed. Throws
  /// Failure (data_foreign) if other hands have touched the file; then nothing was cut.
  void recover();

  const OutputRequest& request() const { return request_; }
  FilePosition& position() { return position_; }
  const FilePosition& position() const { return position_; }
  /// The states of the newest commit still hold for what is written now.
  bool states_go_on() const;
  /// Complete, and nothing has come since.
  bool is_settled() const;

  /// Opens the file that rows go to: staging or target. Before the first append.
  void prepare();
  bool is_prepared() const { return static_cast<bool>(file_); }
  void append(std::string_view bytes);
  /// Of `size` bytes that come next, how many would stand behind the last whole block.
  std::size_t beyond_block(std::size_t size) const;

  /// The rows appended so far are on disk.
  void sync();
  /// Makes the position say that all rows appended belong to a commit; `complete`: the last one.
  void cover(bool complete);
  /// The position that says so is on disk: swap or join. True if that has changed the position.
  bool finish();

 private:
  void recover_staging();
  void recover_target();
  void open_staging();
  void begin_staging();
  void open_target();
  void drop_staging();
  void take_over(FileMark staged);
  void replace();
  void join();
  [[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) const;

  const OutputPaths& paths_;
  const OutputRequest request_;
  FilePosition& position_;
  const Save& save_;

  OutputFile file_;
  bool in_staging_ = false;
  bool known_ = false;  // the position on disk knows the target as one that is being appended to
  bool dirty_ = false;
};

}  // namespace wharf::connectors::files
