#include "connector/segment_file.h"

#include <wharf/error.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace wharf::connector {

namespace {

constexpr std::int64_t kBlock = 4096;  // holes are punched in whole blocks

std::int64_t round_up(std::int64_t offset) {
  return (offset + kBlock - 1) / kBlock * kBlock;
}

[[noreturn]] void fail(std::string_view doing, const std::string& folder) {
  throw Failure(
      ErrorCode::environment,
      fmt::format("rows that wait for their state cannot be {} the segment file in {}: {}", doing,
                  folder, std::strerror(errno)));
}

base::UniqueFd make_nameless(const std::string& folder) {
  base::UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
  std::string name = folder + "/wharf-segment-XXXXXX";  // a file system without nameless files
  fd.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (fd) ::unlink(name.c_str());
  return fd;
}

}  // namespace

void SegmentFile::open() {
  const char* chosen = std::getenv("TMPDIR");
  for (const char* folder : {chosen, "/var/tmp", "/tmp"}) {
    if (folder == nullptr || *folder == '\0') continue;
    folder_ = folder;
    fd_ = make_nameless(folder_);
    if (fd_) return;
  }
  fail("kept: there is no place for", folder_);
}

SegmentFile::Extent SegmentFile::append(std::string_view bytes) {
  if (!fd_) open();
  Extent extent{end_, bytes.size()};
  for (auto at = end_; !bytes.empty();) {
    auto written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("written to", folder_);
    at += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  end_ = round_up(end_ + static_cast<std::int64_t>(extent.size));
  live_bytes_ += static_cast<std::int64_t>(extent.size);
  return extent;
}

void SegmentFile::read(Extent extent, char* to) const {
  for (std::size_t done = 0; done < extent.size;) {
    auto got = ::pread(fd_.get(), to + done, extent.size - done,
                       extent.offset + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("read from", folder_);
    done += static_cast<std::size_t>(got);
  }
}

void SegmentFile::release(Extent extent) {
  live_bytes_ -= static_cast<std::int64_t>(extent.size);
  // Giving room back is a courtesy: a file system that cannot punch holes keeps it until the end.
  if (live_bytes_ == 0) {
    if (::ftruncate(fd_.get(), 0) == 0) end_ = 0;
  } else {
    ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, extent.offset,
                round_up(static_cast<std::int64_t>(extent.size)));
  }
}

}  // namespace wharf::connector
