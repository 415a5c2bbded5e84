#include "connectors/source_file/stream_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "connectors/source_file/file_list.h"
#include "connectors/source_file/file_rows.h"
#include "connectors/source_file/read_state.h"

namespace wharf::connectors::source_file {
namespace {

using protocol::SyncMode;

/// A file that has rows to be read, and where they begin.
struct Todo {
  std::string path;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// What an incremental read has to do: new files, what grew, and what was replaced (F-85).
std::vector<Todo> plan_incremental(std::vector<FileEntry> files, const ReadState& state) {
  std::sort(files.begin(), files.end(), [](const FileEntry& a, const FileEntry& b) {
    return std::tie(a.modified_at, a.path) < std::tie(b.modified_at, b.path);
  });
  std::vector<Todo> todo;
  for (const FileEntry& file : files) {
    const auto known = state.files.find(file.path);
    if (known == state.files.end()) {
      todo.push_back({file.path, 0, file.size});
      continue;
    }
    const FileMark& mark = known->second;
    const bool untouched = mark.inode == file.inode && mark.offset == file.size &&
                           mark.modified_at == file.modified_at;
    if (untouched) continue;
    const files::InputFile now(file.path);
    if (!mark.is_of(now)) {
      todo.push_back({file.path, 0, file.size});
    } else if (now.size() > mark.offset) {
      todo.push_back({file.path, mark.offset, file.size});
    }
  }
  return todo;
}

[[noreturn]] void refuse_to_go_on(const std::string& path, std::string_view what) {
  // Going on would mix the rows of two files in one generation, and nobody could tell.
  throw Failure(Error{ErrorCode::data_foreign,
                      fmt::format("{}: the file was {} while a full refresh stood in the middle of "
                                  "it; clear the stream's state to read everything again",
                                  path, what),
                      Origin::source});
}

/// What is left of a full refresh: the file it stands in, from its mark, and those behind it.
std::vector<Todo> plan_full_refresh(const std::vector<FileEntry>& files, const ReadState& state) {
  std::vector<Todo> todo;
  if (state.done) return todo;
  bool found = state.file.empty() || state.ended || state.mark.offset == 0;
  for (const FileEntry& file : files) {
    if (file.path < state.file || (file.path == state.file && state.ended)) continue;
    std::uint64_t begin = 0;
    if (file.path == state.file && state.mark.offset != 0) {
      if (!state.mark.is_of(files::InputFile(file.path))) refuse_to_go_on(file.path, "replaced");
      begin = state.mark.offset;
      found = true;
    }
    todo.push_back({file.path, begin, file.size});
  }
  if (!found) refuse_to_go_on(state.file, "removed");
  return todo;
}

/// All that a stream's reader and its partition share. Stays in its place: members refer to each
/// other.
struct Reading {
  Reading(StreamConfig config, const connector::StreamRequest& request,
          files::InputWindow::Settings window)
      : stream(std::move(config)),
        mode(request.stream.sync_mode),
        cells(stream.cells),
        set(list_files(stream)),
        rows{.stream = stream,
             .cells = cells,
             .csv = set.csv,
             .schema = request.schema,
             .emitted_at = request.emitted_at,
             .last_line_counts = mode == SyncMode::full_refresh,
             .window = window} {
    if (request.state) {
      state = parse_read_state(*request.state, mode, request.stream.stream.descriptor);
    }
    todo = mode == SyncMode::incremental ? plan_incremental(set.files, state)
                                         : plan_full_refresh(set.files, state);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  const StreamConfig stream;
  const SyncMode mode;
  const CellParser cells;
  const FileSet set;
  const RowSettings rows;
  ReadState state;
  std::vector<Todo> todo;
};

class FilesPartition final : public connector::Partition {
 public:
  explicit FilesPartition(std::shared_ptr<Reading> reading) : reading_(std::move(reading)) {}

  bool fill(record::RecordBatch& batch) override {
    for (;;) {
      // A file stays open until its last rows have been used: they are views of what was read of
      // it.
      if (ended_) close_file();
      if (!rows_ && !open_next_file()) return false;
      ended_ = !rows_->fill(batch);
      if (!batch.empty()) return true;
    }
  }

  std::optional<protocol::JsonText> state() override {
    if (rows_) mark_file();
    return to_json(reading_->state, reading_->mode);
  }

 private:
  bool open_next_file() {
    if (next_ == reading_->todo.size()) {
      reading_->state.done = true;
      return false;
    }
    const Todo& todo = reading_->todo[next_++];
    file_ = std::make_unique<files::InputFile>(todo.path);
    rows_ = reading_->set.filetype == Filetype::jsonl
                ? open_jsonl_rows(*file_, todo.begin, reading_->rows)
                : open_csv_rows(*file_, todo.begin, reading_->rows);
    return true;
  }

  void mark_file() {
    ReadState& state = reading_->state;
    const FileMark mark = FileMark::of(*file_, rows_->offset());
    if (reading_->mode == SyncMode::incremental) {
      state.files[file_->path()] = mark;
    } else {
      state.file = file_->path();
      state.mark = mark;
      state.ended = ended_;
    }
  }

  void close_file() {
    mark_file();
    rows_.reset();
    file_.reset();
    ended_ = false;
  }

  std::shared_ptr<Reading> reading_;
  std::size_t next_ = 0;
  std::unique_ptr<files::InputFile> file_;
  std::unique_ptr<FileRows> rows_;  // of file_
  bool ended_ = false;              // rows_ has given its last
};

class FileStreamReader final : public connector::StreamReader {
 public:
  explicit FileStreamReader(std::shared_ptr<Reading> reading) : reading_(std::move(reading)) {}

  std::unique_ptr<connector::Partition> next_partition() override {
    if (begun_ || reading_->todo.empty()) return nullptr;
    begun_ = true;
    return std::make_unique<FilesPartition>(reading_);
  }

  protocol::JsonText empty_state() override {
    ReadState state = reading_->state;
    state.done = true;
    return to_json(state, reading_->mode);
  }

  std::optional<std::int64_t> estimated_bytes() override {
    std::uint64_t bytes = 0;
    for (const Todo& todo : reading_->todo) bytes += todo.size - std::min(todo.size, todo.begin);
    return static_cast<std::int64_t>(bytes);
  }

 private:
  std::shared_ptr<Reading> reading_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<connector::StreamReader> open_stream(StreamConfig stream,
                                                     const connector::StreamRequest& request,
                                                     files::InputWindow::Settings window) {
  return std::make_unique<FileStreamReader>(
      std::make_shared<Reading>(std::move(stream), request, window));
}

}  // namespace wharf::connectors::source_file
