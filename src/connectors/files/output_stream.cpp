#include "connectors/files/output_stream.h"

#include <wharf/error.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace wharf::connectors::files {
namespace {

// A slice of a join is appended, synced and known to the position before the next one.
constexpr std::int64_t kSlice = std::int64_t{64} << 20;

}  // namespace

OutputStream::OutputStream(const OutputPaths& paths, OutputRequest request, FilePosition& position,
                           const Save& save)
    : paths_(paths), request_(std::move(request)), position_(position), save_(save) {}

void OutputStream::refuse(const std::filesystem::path& path, const std::string& why) const {
  throw Failure(Error{ErrorCode::data_foreign,
                      path.string() + " " + why +
                          ". It was touched by other hands; nothing was cut. Put it back as it "
                          "was, or move it away to start the stream over",
                      Origin::destination});
}

bool OutputStream::states_go_on() const {
  return position_.stream.generation == request_.generation &&
         position_.stream.epoch == request_.epoch;
}

bool OutputStream::is_settled() const {
  return position_.stream.complete && states_go_on() && !is_prepared();
}

// ---- what a crash left

void OutputStream::recover() {
  recover_staging();
  recover_target();
  if (position_.staging && position_.staging->next == Staging::Next::join) join();
}

void OutputStream::recover_staging() {
  if (!position_.staging) return;
  const Staging staging = *position_.staging;
  std::filesystem::path path = paths_.staging(request_.file, staging.generation);
  std::optional<FileMark> found = look_at(path);
  if (found && found->inode != staging.mark.inode) refuse(path, "is another file than it was");
  if (found && found->length < staging.mark.length) {
    refuse(path, "is shorter than its position says (" + std::to_string(found->length) + " < " +
                     std::to_string(staging.mark.length) + " bytes)");
  }
  if (found) {
    if (found->length > staging.mark.length) OutputFile::open(path).cut(staging.mark.length);
    if (staging.next != Staging::Next::replace) return;
    recover_target();
    replace();
    return;
  }
  // Its name is gone. Either the swap has happened, then the target is that very file, or its rows
  // are nowhere.
  std::optional<FileMark> target = look_at(paths_.target(request_.file));
  bool decided = staging.next != Staging::Next::undecided;
  if (decided && target && target->inode == staging.mark.inode) {
    sync_directory(paths_.directory());
    return take_over(staging.mark);
  }
  if (staging.next == Staging::Next::join) refuse(path, "is gone, and it was to join its target");
  if (staging.generation == position_.stream.generation) position_.forget_commit();
  position_.staging.reset();
}

void OutputStream::recover_target() {
  std::filesystem::path path = paths_.target(request_.file);
  std::optional<FileMark> found = look_at(path);
  if (!position_.target) {
    if (found && found->length > 0) refuse(path, "has content, and no position knows it");
    return;
  }
  if (!found) {
    bool staged = position_.staging && position_.staging->generation == position_.stream.generation;
    if (!staged) position_.forget_commit();
    position_.target.reset();
    return;
  }
  const FileMark& mark = *position_.target;
  std::string lengths =
      std::to_string(found->length) + " bytes, its position says " + std::to_string(mark.length);
  if (found->inode != mark.inode) refuse(path, "is another file than its position says");
  if (found->length < mark.length) refuse(path, "is shorter than it was: " + lengths);
  if (found->length == mark.length) return;
  if (position_.clean) refuse(path, "is longer than it was when the last run ended: " + lengths);
  OutputFile::open(path).cut(mark.length);
}

// ---- where rows go

void OutputStream::prepare() {
  if (is_prepared()) return;
  bool same_generation = request_.goes_on && position_.stream.generation == request_.generation;
  bool staging_goes_on =
      request_.goes_on && position_.staging && position_.staging->generation == request_.generation;
  if (request_.staged && staging_goes_on) return open_staging();
  // A generation that was swapped in or joined is the target's own: what comes after belongs there.
  bool stands_in_target = same_generation && position_.stream.complete && position_.target;
  if (request_.staged && !stands_in_target) return begin_staging();
  if (staging_goes_on) {
    // Rows of this generation that a failed refresh left: they come before what comes now.
    position_.staging->next = Staging::Next::join;
    position_.clean = false;
    save_();
    join();
  }
  drop_staging();
  open_target();
}

void OutputStream::open_staging() {
  file_ = OutputFile::open(paths_.staging(request_.file, request_.generation));
  in_staging_ = true;
}

void OutputStream::begin_staging() {
  drop_staging();
  file_ = OutputFile::create(paths_.staging(request_.file, request_.generation));
  in_staging_ = true;
  dirty_ = true;
}

void OutputStream::open_target() {
  in_staging_ = false;
  std::filesystem::path path = paths_.target(request_.file);
  if (position_.target) {
    file_ = OutputFile::open(path);
    known_ = !position_.clean;
    return;
  }
  OutputFile file = OutputFile::open_or_create(path);
  if (file.length() > 0) refuse(path, "has content, and no position knows it");
  sync_directory(paths_.directory());
  file_ = std::move(file);
  known_ = false;
}

void OutputStream::drop_staging() {
  if (!position_.staging) return;
  remove_file(paths_.staging(request_.file, position_.staging->generation));
  if (position_.staging->generation == position_.stream.generation) position_.forget_commit();
  position_.staging.reset();
}

void OutputStream::append(std::string_view bytes) {
  // The position must know the file, and that somebody appends to it, before the first byte: else
  // what a crash leaves would look like the work of other hands.
  if (!in_staging_ && !known_) {
    position_.target = file_.mark();
    position_.clean = false;
    save_();
    known_ = true;
  }
  file_.append(bytes);
  dirty_ = true;
}

std::size_t OutputStream::beyond_block(std::size_t size) const {
  return std::min(size, (static_cast<std::size_t>(file_.length()) + size) % OutputFile::kBlock);
}

// ---- commit

void OutputStream::sync() {
  if (!dirty_) return;
  file_.sync();
  dirty_ = false;
}

void OutputStream::cover(bool complete) {
  position_.stream.descriptor = request_.descriptor;
  position_.stream.generation = request_.generation;
  position_.stream.epoch = request_.epoch;
  position_.stream.complete = complete;
  if (!in_staging_) {
    position_.target = file_.mark();
    position_.clean = complete;
    if (complete) file_.close();
    return;
  }
  Staging staging{request_.generation, file_.mark(), Staging::Next::undecided, 0};
  if (complete) {
    bool join = !request_.replaces && position_.target && position_.target->length > 0;
    staging.next = join ? Staging::Next::join : Staging::Next::replace;
    if (join) position_.clean = false;
    file_.close();
  }
  position_.staging = staging;
}

bool OutputStream::finish() {
  if (!position_.staging || position_.staging->next == Staging::Next::undecided) return false;
  if (position_.staging->next == Staging::Next::replace) {
    replace();
  } else {
    join();
  }
  return true;
}

void OutputStream::replace() {
  const Staging staging = *position_.staging;
  rename_file(paths_.staging(request_.file, staging.generation), paths_.target(request_.file));
  sync_directory(paths_.directory());
  take_over(staging.mark);
}

void OutputStream::take_over(FileMark staged) {
  position_.target = staged;
  position_.clean = true;
  position_.staging.reset();
}

void OutputStream::join() {
  Staging& staging = *position_.staging;
  if (!position_.target || position_.target->length == 0) return replace();
  std::filesystem::path path = paths_.staging(request_.file, staging.generation);
  OutputFile from = OutputFile::open(path);
  OutputFile to = OutputFile::open(paths_.target(request_.file));
  while (staging.joined < staging.mark.length) {
    std::int64_t slice = std::min(kSlice, staging.mark.length - staging.joined);
    to.append_from(from, staging.joined, slice);
    to.sync();
    staging.joined += slice;
    position_.target = to.mark();
    if (staging.joined < staging.mark.length) save_();
  }
  position_.clean = true;
  position_.staging.reset();
  save_();
  remove_file(path);
}

}  // namespace wharf::connectors::files
