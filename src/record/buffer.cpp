#include <wharf/record/buffer.h>

#include <algorithm>

namespace wharf::record {

Buffer::Buffer(std::size_t capacity) {
  if (capacity > 0) grow(capacity);
}

void Buffer::consume(std::size_t size) {
  std::size_t rest = this->size() - size;
  if (rest > 0) std::memmove(begin_.get(), begin_.get() + size, rest);
  end_ = begin_.get() + rest;
}

void Buffer::grow(std::size_t size) {
  std::size_t used = this->size();
  auto capacity = static_cast<std::size_t>(limit_ - begin_.get());
  std::size_t wanted = std::max({used + size, capacity * 2, std::size_t{256}});
  auto bytes = std::make_unique_for_overwrite<char[]>(wanted);
  if (used > 0) std::memcpy(bytes.get(), begin_.get(), used);
  begin_ = std::move(bytes);
  end_ = begin_.get() + used;
  limit_ = begin_.get() + wanted;
}

}  // namespace wharf::record
