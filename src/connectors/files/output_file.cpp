#include "connectors/files/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace wharf::connectors::files {
namespace {

constexpr std::int64_t kWriteBack = std::int64_t{8} << 20;

/// Fewer bytes are not worth a trip to the disk of their own.
constexpr std::size_t kLeastDirect = std::size_t{256} << 10;

bool is_on_block(std::uintmax_t place) {
  return place % OutputFile::kBlock == 0;
}

int open_for_writing(const std::filesystem::path& path, int how) {
  int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | how, 0666);
  if (fd < 0) fail_on((how & O_CREAT) != 0 ? "create" : "open", path, errno);
  return fd;
}

}  // namespace

OutputFile::OutputFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {
  struct stat found;
  if (::fstat(fd_, &found) != 0) fail_on("look at", path_, errno);
  length_ = found.st_size;
  started_ = length_;
}

OutputFile OutputFile::create(const std::filesystem::path& path) {
  return OutputFile(open_for_writing(path, O_CREAT | O_TRUNC), path);
}

OutputFile OutputFile::open_or_create(const std::filesystem::path& path) {
  return OutputFile(open_for_writing(path, O_CREAT), path);
}

OutputFile OutputFile::open(const std::filesystem::path& path) {
  return OutputFile(open_for_writing(path, 0), path);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      length_(other.length_),
      started_(other.started_),
      direct_(other.direct_),
      takes_direct_(other.takes_direct_),
      path_(std::move(other.path_)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  length_ = other.length_;
  started_ = other.started_;
  direct_ = other.direct_;
  takes_direct_ = other.takes_direct_;
  path_ = std::move(other.path_);
  return *this;
}

OutputFile::~OutputFile() {
  close();
}

std::int64_t OutputFile::inode() const {
  struct stat found;
  if (::fstat(fd_, &found) != 0) fail_on("look at", path_, errno);
  return static_cast<std::int64_t>(found.st_ino);
}

bool OutputFile::set_direct(bool direct) {
  if (direct == direct_) return true;
  const int flags = ::fcntl(fd_, F_GETFL);
  if (flags < 0) return false;
  if (::fcntl(fd_, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) != 0) return false;
  direct_ = direct;
  return true;
}

ssize_t OutputFile::write_some(std::string_view bytes) {
  const bool whole_blocks = bytes.size() >= kLeastDirect && is_on_block(bytes.size()) &&
                            is_on_block(static_cast<std::uintmax_t>(length_)) &&
                            is_on_block(reinterpret_cast<std::uintptr_t>(bytes.data()));
  if (takes_direct_ && whole_blocks && set_direct(true)) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), length_);
    if (written >= 0 || errno != EINVAL) {
      if (written > 0 && started_ == length_) started_ += written;
      return written;
    }
  }
  takes_direct_ = takes_direct_ && !whole_blocks;
  if (!set_direct(false)) return -1;
  return ::pwrite(fd_, bytes.data(), bytes.size(), length_);
}

void OutputFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write_some(bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_on("write", path_, errno);
    length_ += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (length_ - started_ < kWriteBack) return;
  // Advice only: whatever it answers, the sync decides.
  (void)::sync_file_range(fd_, started_, length_ - started_, SYNC_FILE_RANGE_WRITE);
  started_ = length_;
}

void OutputFile::append_from(const OutputFile& other, std::int64_t offset, std::int64_t size) {
  off64_t from = offset;
  off64_t to = length_;
  if (!set_direct(false)) fail_on("copy to", path_, errno);
  while (size > 0) {
    ssize_t copied =
        ::copy_file_range(other.fd_, &from, fd_, &to, static_cast<std::size_t>(size), 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) fail_on("copy " + other.path_.string() + " to", path_, errno);
    if (copied == 0) fail_on("copy all of " + other.path_.string() + " to", path_, EIO);
    size -= copied;
    length_ += copied;
  }
}

void OutputFile::cut(std::int64_t length) {
  if (length == length_) return;
  if (::ftruncate(fd_, length) != 0) fail_on("cut", path_, errno);
  length_ = length;
  started_ = length;
}

void OutputFile::sync() {
  if (::fdatasync(fd_) != 0) fail_on("sync", path_, errno);
}

void OutputFile::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace wharf::connectors::files
