#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace wharf::record {

/// Bytes on their way out: grows, is drained, is used again. Made for appending without a check per
/// byte: `room(n)`, write through the pointer, `advance(to)`. Large ones begin on a page, as a
/// write past the page cache wants it.
class Buffer {
 public:
  explicit Buffer(std::size_t capacity = 0);

  /// At least `size` free bytes behind what is there.
  char* room(std::size_t size) {
    if (size > static_cast<std::size_t>(limit_ - end_)) grow(size);
    return end_;
  }
  /// What was written through `room` ends here.
  void advance(char* end) { end_ = end; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    char* at = room(bytes.size());
    std::memcpy(at, bytes.data(), bytes.size());
    end_ = at + bytes.size();
  }
  void append(char byte) {
    *room(1) = byte;
    ++end_;
  }

  const char* data() const { return begin_.get(); }
  char* data() { return begin_.get(); }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_.get()); }
  bool empty() const { return end_ == begin_.get(); }
  std::string_view view() const { return {begin_.get(), size()}; }
  void clear() { end_ = begin_.get(); }
  /// Drops the first `size` bytes; the rest moves to the front.
  void consume(std::size_t size);

 private:
  void grow(std::size_t size);

  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  std::unique_ptr<char[], Free> begin_;
  char* end_ = nullptr;
  char* limit_ = nullptr;
};

}  // namespace wharf::record
