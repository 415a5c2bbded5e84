#include "connectors/files/read_ahead.h"

#include <cstring>

namespace wharf::connectors::files {

void ReadAhead::begin(std::uint64_t offset, std::size_t size, std::string_view begin) {
  const std::size_t needed = kFront + begin.size() + size;
  if (room_.size < needed) {
    room_ = {std::make_unique_for_overwrite<char[]>(needed + slack_), needed};
    std::memset(room_.bytes.get() + needed, 0, slack_);
  }
  std::memcpy(room_.bytes.get() + kFront, begin.data(), begin.size());
  block_ = {.size = begin.size(), .got = 0, .valid = {}};
  background_.begin([this, offset, size] { read(offset, size); });
}

const ReadAhead::Block& ReadAhead::finish() {
  background_.finish();
  return block_;
}

void ReadAhead::read(std::uint64_t offset, std::size_t size) {
  char* const text = room_.bytes.get() + kFront;
  block_.got = file_.read_at(offset, text + block_.size, size);
  block_.size += block_.got;
  block_.valid = valid_utf8({text, block_.size});
}

}  // namespace wharf::connectors::files
