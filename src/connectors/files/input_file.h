#pragma once

#include <wharf/error.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/files/encoding_text.h"

namespace wharf::connectors::files {

/// A regular file, open for reading in order. Its size is the one it had when it was opened: what
/// is appended later is the next run's. Failures (missing, no permission, a directory) name the
/// path.
class InputFile {
 public:
  explicit InputFile(std::string path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t inode() const { return inode_; }
  /// Nanoseconds since 1970.
  std::int64_t modified_at() const { return modified_at_; }

  /// Up to `size` bytes at `offset`; fewer only at the end of the file.
  std::size_t read_at(std::uint64_t offset, char* into, std::size_t size) const;
  /// What identifies a file beside path and inode: a hash of its first `size` bytes (at most 4
  /// KiB).
  std::string prefix_hash(std::uint64_t size) const;
  /// utf8, latin1, or for UTF-16 the byte order that its mark names; without one it fails.
  Encoding encoding_of(std::string_view name) const;
  /// The number of the line that `offset` stands in, from 1; reads all that is before it.
  std::uint64_t line_at(std::uint64_t offset, Encoding encoding) const;
  /// A Failure that names file, line and byte.
  [[noreturn]] void fail_at(std::uint64_t offset, Encoding encoding, std::string_view what) const;

 private:
  std::string path_;
  struct Descriptor {
    explicit Descriptor(int opened) : number(opened) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number;
  };
  Descriptor fd_;
  std::uint64_t size_ = 0;
  std::uint64_t inode_ = 0;
  std::int64_t modified_at_ = 0;
};

/// The encodings a configuration may name; empty: this is none. "utf8", "latin1", "utf16" come
/// back.
std::string_view canonical_encoding(std::string_view name);

}  // namespace wharf::connectors::files
