#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "connector/segment_file.h"

namespace wharf::connector {

/// Bytes of whole frames, each with its length before it.
class FrameBlock {
 public:
  FrameBlock() = default;
  explicit FrameBlock(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  std::size_t capacity() const { return capacity_; }
  std::string_view bytes() const { return {bytes_.get(), size_}; }
  char* data() { return bytes_.get(); }
  void set_size(std::size_t size) { size_ = size; }
  /// False, and nothing done, when there is no room.
  bool add(std::string_view frame);

  /// Calls `f` with each frame, in order. The views hold as long as the block does.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t at = 0; at < size_;) {
      std::uint32_t length = 0;
      std::memcpy(&length, bytes_.get() + at, sizeof length);
      f(std::string_view(bytes_.get() + at + sizeof length, length));
      at += sizeof length + length;
    }
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

/// The room that all waiting rows of a process share: so much memory, and behind it a file.
class WaitingRoom {
 public:
  explicit WaitingRoom(std::size_t memory_limit) : memory_limit_(memory_limit) {}

  std::size_t memory() const { return memory_; }
  const SegmentFile& file() const { return file_; }

 private:
  friend class WaitingRows;
  std::size_t memory_limit_;
  std::size_t memory_ = 0;  // capacity of all blocks held
  SegmentFile file_;
};

/// The rows of one partition that wait for their state: frames as they came, in their order.
class WaitingRows {
 public:
  void add(std::string_view frame, WaitingRoom& room);
  bool empty() const { return first_ == blocks_.size(); }
  /// Takes the oldest block out; there is one.
  FrameBlock take_block(WaitingRoom& room);

 private:
  struct Block {
    FrameBlock memory;  // has no capacity when the bytes lie in the file
    SegmentFile::Extent in_file;

    bool is_in_file() const { return memory.capacity() == 0; }
  };

  bool has_open_block() const { return !empty() && !blocks_.back().is_in_file(); }
  void make_room(std::size_t size, WaitingRoom& room);

  std::vector<Block> blocks_;  // all but the newest may lie in the file
  std::size_t first_ = 0;      // those before it have been taken
};

}  // namespace wharf::connector
