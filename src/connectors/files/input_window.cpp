#include "connectors/files/input_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace wharf::connectors::files {
namespace {

// Blocks that must be left for a thread to be worth its start.
constexpr std::uint64_t kWorthAhead = 8;

}  // namespace

InputWindow::InputWindow(const InputFile& file, Encoding encoding, std::uint64_t begin,
                         Settings settings)
    : file_(&file), encoding_(encoding), settings_(settings), offset_(begin), next_(begin) {
  if (begin != 0) return;
  char mark[3];
  const std::size_t got = file_->read_at(0, mark, sizeof mark);
  if (encoding_ == Encoding::utf8 && std::string_view(mark, got) == "\xEF\xBB\xBF") next_ = 3;
  if (unit_of(encoding_) == 2) next_ = std::min<std::uint64_t>(2, file_->size());
  offset_ = next_;
}

bool InputWindow::read_on() {
  if (at_end()) return false;
  if (text().size() >= settings_.record_limit) {
    fail_at(0, fmt::format("a record is longer than {} bytes, the setting limits.line",
                           settings_.record_limit));
  }
  // The parts of a long record are read in longer steps, which nobody can know ahead.
  const bool is_long = text().size() > ReadAhead::kFront;
  if (ahead_ && ahead_->is_begun()) {
    take_ahead();
  } else {
    make_room();
    if (encoding_ == Encoding::utf8) {
      read_utf8();
    } else {
      read_other();
    }
  }
  if (!is_long) read_ahead();
  return true;
}

/// What was read ahead becomes the text, with what is left of this one before it; or goes behind
/// that, if too much is left.
void InputWindow::take_ahead() {
  const ReadAhead::Block& block = ahead_->finish();
  const std::string_view held = text();
  if (block.got < std::min<std::uint64_t>(settings_.block, file_->size() - next_)) fail_shortened();
  next_ += block.got;
  if (held.size() > ReadAhead::kFront) {
    make_room();
    char* const behind = room_.bytes.get() + held.size();
    std::memcpy(behind, ahead_->text(), block.size);
    return take_valid(behind, block.size, block.valid);
  }
  offset_ = offset_of(0);
  ahead_->exchange(room_);
  char* const fresh = room_.bytes.get() + ReadAhead::kFront;
  begin_ = marked_ = fresh - held.size();
  std::memcpy(fresh - held.size(), held.data(), held.size());
  take_valid(fresh, block.size, block.valid);
}

void InputWindow::read_ahead() {
  const std::uint64_t rest = file_->size() - next_;
  if (!ahead_) {
    const bool worth_it = settings_.ahead && rest >= kWorthAhead * settings_.block;
    if (encoding_ != Encoding::utf8 || !worth_it) return;
    ahead_ = std::make_unique<ReadAhead>(*file_, kSlack);
  }
  if (rest == 0) return;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(settings_.block, rest));
  ahead_->begin(next_, size, {end_, unfinished_});
}

// The text goes to the front, with room for the next read behind it. Each read is as long as what
// is held, at least a block: so the parts of a long record are looked at twice or so, not once a
// block.
void InputWindow::make_room() {
  offset_ = offset_of(0);
  const std::size_t held = text().size() + unfinished_;
  step_ = std::max(settings_.block, held);
  // A block of another encoding may double (Latin-1), and raw_ may add an unfinished character.
  const std::size_t room = encoding_ == Encoding::utf8 ? step_ : 2 * step_ + 8;
  if (room_.size < held + room) {
    const std::size_t size = held + room;
    TextRoom larger{std::make_unique_for_overwrite<char[]>(size + kSlack), size};
    std::memset(larger.bytes.get() + size, 0, kSlack);
    if (held != 0) std::memcpy(larger.bytes.get(), begin_, held);
    room_ = std::move(larger);
  } else if (held != 0) {
    std::memmove(room_.bytes.get(), begin_, held);
  }
  begin_ = marked_ = room_.bytes.get();
  end_ = begin_ + (held - unfinished_);
}

std::size_t InputWindow::read_block(char* into) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(step_, file_->size() - next_));
  if (file_->read_at(next_, into, wanted) < wanted) fail_shortened();
  next_ += wanted;
  return wanted;
}

void InputWindow::read_utf8() {
  const std::size_t got = read_block(room_.bytes.get() + (end_ - begin_) + unfinished_);
  const std::size_t fresh = unfinished_ + got;
  take_valid(end_, fresh, valid_utf8({end_, fresh}));
}

/// `size` bytes at `fresh` go on the text, as far as they are valid.
void InputWindow::take_valid(const char* fresh, std::size_t size, ValidPrefix valid) {
  unfinished_ = size - valid.size;
  if (valid.wrong || (unfinished_ != 0 && at_end())) fail_on_byte(next_ - unfinished_);
  end_ = fresh + valid.size;
}

void InputWindow::read_other() {
  const std::size_t kept = raw_.size();
  raw_.resize(kept + step_);
  raw_.resize(kept + read_block(raw_.data() + kept));
  converted_.clear();
  const ValidPrefix valid = append_as_utf8(encoding_, raw_, converted_);
  raw_.erase(0, valid.size);
  if (valid.wrong || (!raw_.empty() && at_end())) fail_on_byte(next_ - raw_.size());
  std::memcpy(room_.bytes.get() + (end_ - begin_), converted_.data(), converted_.size());
  end_ += converted_.size();
}

void InputWindow::fail_shortened() const {
  fail_at(0, "the file was shortened while it was read");
}

void InputWindow::fail_on_byte(std::uint64_t offset) const {
  unsigned char byte = 0;
  file_->read_at(offset, reinterpret_cast<char*>(&byte), 1);
  const bool utf8 = encoding_ == Encoding::utf8;
  file_->fail_at(offset, encoding_,
                 fmt::format("the byte 0x{:02X} is not {}; set `encoding` to what the file has",
                             byte, utf8 ? "UTF-8" : "UTF-16"));
}

}  // namespace wharf::connectors::files
