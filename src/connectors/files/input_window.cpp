#include "connectors/files/input_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace wharf::connectors::files {

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
    fail_at(0, fmt::format("a record is longer than {} bytes", settings_.record_limit));
  }
  make_room();
  if (encoding_ == Encoding::utf8) {
    read_utf8();
  } else {
    read_other();
  }
  return true;
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
  if (capacity_ < held + room) {
    const std::size_t capacity = held + room;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity + kSlack);
    std::memset(larger.get() + capacity, 0, kSlack);
    if (held != 0) std::memcpy(larger.get(), begin_, held);
    buffer_ = std::move(larger);
    capacity_ = capacity;
  } else if (held != 0) {
    std::memmove(buffer_.get(), begin_, held);
  }
  begin_ = marked_ = buffer_.get();
  end_ = begin_ + (held - unfinished_);
}

std::size_t InputWindow::read_block(char* into) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(step_, file_->size() - next_));
  if (file_->read_at(next_, into, wanted) < wanted) {
    fail_at(0, "the file was shortened while it was read");
  }
  next_ += wanted;
  return wanted;
}

void InputWindow::read_utf8() {
  const std::size_t got = read_block(buffer_.get() + (end_ - begin_) + unfinished_);
  const std::string_view fresh(end_, unfinished_ + got);
  const ValidPrefix valid = valid_utf8(fresh);
  unfinished_ = fresh.size() - valid.size;
  if (valid.wrong || (unfinished_ != 0 && at_end())) fail_on_byte(next_ - unfinished_);
  end_ += valid.size;
}

void InputWindow::read_other() {
  const std::size_t kept = raw_.size();
  raw_.resize(kept + step_);
  raw_.resize(kept + read_block(raw_.data() + kept));
  converted_.clear();
  const ValidPrefix valid = append_as_utf8(encoding_, raw_, converted_);
  raw_.erase(0, valid.size);
  if (valid.wrong || (!raw_.empty() && at_end())) fail_on_byte(next_ - raw_.size());
  std::memcpy(buffer_.get() + (end_ - begin_), converted_.data(), converted_.size());
  end_ += converted_.size();
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
