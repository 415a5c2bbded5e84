#include "connectors/files/output_directory.h"

#include <wharf/error.h>

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "connectors/files/output_owner.h"

namespace wharf::connectors::files {
namespace {

// Bytes of one write: with the rows that go beyond it they stand in one huge page.
constexpr std::size_t kPiece = std::size_t{7} << 18;

[[noreturn]] void fail(ErrorCode code, const std::string& message) {
  throw Failure(Error{code, message, Origin::destination});
}

OutputLock take_lock(const OutputPaths& paths, const std::string& connection) {
  make_directory(paths.directory());
  make_directory(paths.inner());
  std::optional<OutputLock> lock = OutputLock::try_take(paths.lock(connection));
  if (lock) return std::move(*lock);
  fail(ErrorCode::conflict, "another write " +
                                (connection.empty() ? std::string("without a connection")
                                                    : "of connection " + connection) +
                                " is at work in " + paths.directory().string());
}

void require_own_files(const OutputPaths& paths, const connector::WriteRequest& request,
                       const std::vector<std::string>& files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (files[i] != files[j]) continue;
      fail(ErrorCode::invalid_config,
           "streams " + to_string(request.streams[j].target) + " and " +
               to_string(request.streams[i].target) + " would both be written to " +
               paths.target(files[i]).string() + "; rename one, or give it a prefix");
    }
  }
}

/// `orders.jsonl` of `orders.jsonl.3.staging`; empty for any other name.
std::string file_of_staging(const std::string& name) {
  constexpr std::string_view kSuffix = ".staging";
  if (!name.ends_with(kSuffix)) return {};
  std::string file = name.substr(0, name.size() - kSuffix.size());
  return file.substr(0, file.rfind('.'));
}

}  // namespace

OutputDirectory::OutputDirectory(OutputPaths paths, const connector::WriteRequest& request,
                                 const std::vector<std::string>& files)
    : paths_(std::move(paths)),
      job_(request.job),
      attempt_(request.attempt),
      global_epoch_(request.global_epoch),
      connection_(request.connection),
      lock_(take_lock(paths_, request.connection)),
      position_file_(paths_.position(request.connection)),
      position_(position_file_.load()),
      save_([this] { position_file_.save(position_); }) {
  require_own_files(paths_, request, files);
  claim_files(paths_, connection_, files);
  position_.connection = connection_;
  finish_others();
  forget_moved(request, files);
  position_.files.reserve(position_.files.size() + files.size());  // streams point into it
  for (std::size_t i = 0; i < files.size(); ++i) add_stream(request.streams[i], files[i]);
  for (OutputStream& stream : streams_) stream.recover();
  sweep_stagings();
  // A GLOBAL state is taken whole: with every row gone there is nothing that it covers.
  if (std::ranges::all_of(position_.files, &FilePosition::is_blank)) position_.global.reset();
}

void OutputDirectory::add_stream(const connector::WriteStream& stream, const std::string& file) {
  const protocol::StreamDescriptor& descriptor = stream.stream.stream.descriptor;
  FilePosition* known = position_.find(file);
  if (known && !(known->stream.descriptor == descriptor)) {
    fail(ErrorCode::data_foreign, paths_.target(file).string() + " holds rows of stream " +
                                      to_string(known->stream.descriptor) + ", not of " +
                                      to_string(descriptor) + "; move it away");
  }
  if (!known) {
    known = &position_.files.emplace_back();
    known->stream.descriptor = descriptor;
    known->file = file;
  }
  // Numbers of generations mean something only if somebody counts them.
  bool counted = job_ || stream.stream.generation_id || stream.generation > 0;
  streams_.emplace_back(paths_,
                        OutputRequest{descriptor, file, stream.generation, stream.epoch,
                                      stream.staged || stream.truncate, stream.truncate, counted},
                        *known, save_);
}

/// A stream whose rows now go to another file (a new prefix, another namespace) has no rows there.
void OutputDirectory::forget_moved(const connector::WriteRequest& request,
                                   const std::vector<std::string>& files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    const protocol::StreamDescriptor& descriptor = request.streams[i].stream.stream.descriptor;
    std::erase_if(position_.files, [&](const FilePosition& file) {
      return file.stream.descriptor == descriptor && file.file != files[i];
    });
  }
}

/// Swaps and joins of streams that are not in this catalog: they were committed, so they happen.
void OutputDirectory::finish_others() {
  for (FilePosition& file : position_.files) {
    if (!file.staging || file.staging->next == Staging::Next::undecided) continue;
    OutputRequest request;
    request.descriptor = file.stream.descriptor;
    request.file = file.file;
    OutputStream(paths_, request, file, save_).recover();
  }
}

/// Stagings of our files that no position knows: a crash came before their first commit.
void OutputDirectory::sweep_stagings() {
  for (const auto& entry : std::filesystem::directory_iterator(paths_.inner())) {
    std::string name = entry.path().filename().string();
    const FilePosition* position = position_.find(file_of_staging(name));
    if (!position) continue;
    bool known = position->staging &&
                 paths_.staging(position->file, position->staging->generation) == entry.path();
    if (!known) remove_file(entry.path());
  }
}

protocol::Position OutputDirectory::position() const {
  protocol::Position said{position_.job, position_.attempt, position_.epoch, {}, position_.global};
  for (const OutputStream& stream : streams_) {
    if (!stream.position().is_blank()) said.streams.push_back(stream_position(stream.position()));
  }
  return said;
}

record::Buffer& OutputDirectory::buffer(std::size_t stream) {
  if (stream != buffered_) flush();
  if (buffer_.size() >= kPiece) write_behind();
  buffered_ = stream;
  return buffer_;
}

void OutputDirectory::flush() {
  settle();
  if (buffer_.empty()) return;
  begin_writing().append(buffer_.view());
  buffer_.clear();
  whole_ = true;
}

void OutputDirectory::write_behind() {
  settle();
  OutputStream& stream = begin_writing();
  std::swap(buffer_, behind_);
  // The next piece begins on a block: it can go to the disk without a copy.
  const std::size_t whole = behind_.size() - stream.beyond_block(behind_.size());
  buffer_.append(behind_.view().substr(whole));
  background_.begin([this, &stream, whole] {
    stream.append(behind_.view().substr(0, whole));
    behind_.clear();
  });
}

void OutputDirectory::settle() {
  if (!background_.is_begun()) return;
  background_.finish();
  whole_ = true;
}

OutputStream& OutputDirectory::begin_writing() {
  if (!whole_) fail(ErrorCode::environment, "an earlier write to these files has failed");
  whole_ = false;
  OutputStream& stream = streams_[buffered_];
  if (!stream.is_prepared()) {
    require_standing();
    stream.prepare();
  }
  return stream;
}

/// Our lock keeps others out while we live; this keeps us out when we were long dead to the world
/// and a newer attempt has written since.
void OutputDirectory::require_standing() const {
  if (!job_ || !position_.job) return;
  auto ours = std::tuple(*job_, attempt_.value_or(0));
  auto newest = std::tuple(*position_.job, position_.attempt.value_or(0));
  if (ours >= newest) return;
  fail(ErrorCode::conflict, "job " + std::to_string(*job_) + " attempt " +
                                std::to_string(attempt_.value_or(0)) +
                                " no longer stands: the files in " + paths_.directory().string() +
                                " were written by job " + std::to_string(*position_.job) +
                                " attempt " + std::to_string(position_.attempt.value_or(0)));
}

void OutputDirectory::commit(const connector::Commit& commit) {
  settle();
  require_standing();
  flush();
  if (!whole_) fail(ErrorCode::environment, "an earlier write to these files has failed");
  whole_ = false;

  if (job_ != position_.job) {
    // What was complete was so in an earlier job.
    for (OutputStream& stream : streams_) stream.position().stream.complete = false;
  }
  const std::vector<connector::Commit::Stream> covered = covered_by(commit);
  for (const auto& said : covered) streams_[said.index].prepare();
  for (const auto& said : covered) streams_[said.index].sync();

  for (const auto& said : covered) cover(said);
  if (job_) {
    position_.job = job_;
    position_.attempt = attempt_;
  }
  if (commit.global) {
    position_.global = commit.global;
    for (OutputStream& stream : streams_) stream.position().stream.state.reset();
    position_.epoch = global_epoch_;
  }
  save_();

  bool moved = false;
  for (const auto& said : covered) moved |= streams_[said.index].finish();
  if (moved) save_();
  whole_ = true;
}

/// A GLOBAL state covers every stream, also one that has had no row yet: it must not look like one
/// whose rows are gone.
std::vector<connector::Commit::Stream> OutputDirectory::covered_by(
    const connector::Commit& commit) const {
  std::vector<connector::Commit::Stream> covered = commit.streams;
  if (!commit.global) return covered;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    bool said = std::ranges::find(commit.streams, i, &connector::Commit::Stream::index) !=
                commit.streams.end();
    if (!said && !streams_[i].is_settled()) covered.push_back({i, std::nullopt, false});
  }
  return covered;
}

void OutputDirectory::cover(const connector::Commit::Stream& said) {
  OutputStream& stream = streams_[said.index];
  bool same_states = stream.states_go_on();
  stream.cover(said.complete);
  protocol::StreamPosition& at = stream.position().stream;
  if (said.state) {
    at.state = said.state;
    position_.global.reset();  // kinds of state do not mix
  } else if (!same_states) {
    at.state.reset();
  }
}

}  // namespace wharf::connectors::files
