#include <sys/mman.h>
#include <wharf/record/buffer.h>

#include <algorithm>
#include <new>

namespace wharf::record {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kLarge = std::size_t{64} << 10;
// A write past the page cache takes hold of each page: of one huge one that is soon done.
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t alignment_of(std::size_t size) {
  if (size < kLarge) return 1;
  return size < kHugePage ? kPage : kHugePage;
}

char* allocate(std::size_t size) {
  const std::size_t alignment = alignment_of(size);
  void* bytes = alignment == 1 ? std::malloc(size) : std::aligned_alloc(alignment, size);
  if (bytes == nullptr) throw std::bad_alloc();
  if (alignment == kHugePage) ::madvise(bytes, size, MADV_HUGEPAGE);  // advice: it may fail
  return static_cast<char*>(bytes);
}

/// `aligned_alloc` takes whole pages.
std::size_t round_up(std::size_t size) {
  const std::size_t alignment = alignment_of(size);
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

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
  std::size_t wanted = round_up(std::max({used + size, capacity * 2, std::size_t{256}}));
  std::unique_ptr<char[], Free> bytes(allocate(wanted));
  if (used > 0) std::memcpy(bytes.get(), begin_.get(), used);
  begin_ = std::move(bytes);
  end_ = begin_.get() + used;
  limit_ = begin_.get() + wanted;
}

}  // namespace wharf::record
