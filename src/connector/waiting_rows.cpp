#include "connector/waiting_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wharf::connector {

namespace {
constexpr std::size_t kFirstBlock = std::size_t{4} << 10;  // many small partitions may wait at once
constexpr std::size_t kFullBlock = std::size_t{64} << 10;
constexpr std::size_t kLength = sizeof(std::uint32_t);
}  // namespace

bool FrameBlock::add(std::string_view frame) {
  if (capacity_ - size_ < kLength + frame.size()) return false;
  auto length = static_cast<std::uint32_t>(frame.size());
  std::memcpy(bytes_.get() + size_, &length, kLength);
  std::memcpy(bytes_.get() + size_ + kLength, frame.data(), frame.size());
  size_ += kLength + frame.size();
  return true;
}

void WaitingRows::add(std::string_view frame, WaitingRoom& room) {
  if (has_open_block() && blocks_.back().memory.add(frame)) return;
  make_room(kLength + frame.size(), room);
  blocks_.back().memory.add(frame);
}

void WaitingRows::make_room(std::size_t size, WaitingRoom& room) {
  std::size_t former = has_open_block() ? blocks_.back().memory.capacity() : 0;
  auto capacity = std::max(size, std::clamp(former * 4, kFirstBlock, kFullBlock));
  FrameBlock reused;
  if (former > 0 && room.memory_ + capacity > room.memory_limit_) {
    // Memory is full: this block goes to the file, and its own bytes take the next frames.
    Block& newest = blocks_.back();
    newest.in_file = room.file_.append(newest.memory.bytes());
    reused = std::exchange(newest.memory, FrameBlock());
    if (reused.capacity() < size) {
      room.memory_ -= reused.capacity();
      reused = FrameBlock();
    }
  }
  if (reused.capacity() == 0) {
    reused = FrameBlock(capacity);
    room.memory_ += capacity;
  }
  reused.set_size(0);
  blocks_.push_back({.memory = std::move(reused), .in_file = {}});
}

FrameBlock WaitingRows::take_block(WaitingRoom& room) {
  Block oldest = std::move(blocks_[first_++]);
  if (empty()) {
    blocks_.clear();
    first_ = 0;
  }
  if (!oldest.is_in_file()) {
    room.memory_ -= oldest.memory.capacity();
    return std::move(oldest.memory);
  }
  FrameBlock block(oldest.in_file.size);
  room.file_.read(oldest.in_file, block.data());
  block.set_size(oldest.in_file.size);
  room.file_.release(oldest.in_file);
  return block;
}

}  // namespace wharf::connector
