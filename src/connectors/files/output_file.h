#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "connectors/files/durable_file.h"

namespace wharf::connectors::files {

/// A file that grows at its end. Owns the descriptor. One thread. What fails throws Failure
/// (environment) naming the path; bytes of a failed append may stand in the file, but `length` and
/// whoever cuts the file back to its position do not count them.
class OutputFile {
 public:
  OutputFile() = default;
  /// Takes the descriptor; appends at its end.
  OutputFile(int fd, std::filesystem::path path);
  /// A new, empty file; one of that name is emptied.
  static OutputFile create(const std::filesystem::path& path);
  static OutputFile open_or_create(const std::filesystem::path& path);
  /// One that is there.
  static OutputFile open(const std::filesystem::path& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  explicit operator bool() const { return fd_ >= 0; }
  const std::filesystem::path& path() const { return path_; }
  std::int64_t inode() const;
  std::int64_t length() const { return length_; }
  FileMark mark() const { return {inode(), length_}; }

  /// Whole blocks at a block's boundary, that lie on one in memory too, go past the page cache
  /// where the file system can: no copy, nothing pushed out of memory, and little left for `sync`.
  /// For other bytes the kernel is asked to start writing every few megabytes.
  void append(std::string_view bytes);
  /// What `append` takes past the page cache is made of these.
  static constexpr std::size_t kBlock = 4096;
  /// Appends [offset, offset + size) of another file.
  void append_from(const OutputFile& other, std::int64_t offset, std::int64_t size);
  void cut(std::int64_t length);
  /// Returns when all of it is on disk.
  void sync();
  void close();

 private:
  /// As the system's write: how many bytes it took, or -1.
  ssize_t write_some(std::string_view bytes);
  bool set_direct(bool direct);

  int fd_ = -1;
  std::int64_t length_ = 0;
  std::int64_t started_ = 0;  // up to here the kernel has been asked to write
  bool direct_ = false;       // writes go past the page cache now
  bool takes_direct_ = true;  // until the file system says that it does not
  std::filesystem::path path_;
};

}  // namespace wharf::connectors::files
