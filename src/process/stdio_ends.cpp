#include "process/stdio_ends.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace wharf::process {
namespace {

// Records come through here in bulk; more room means fewer changes between the two processes.
constexpr int kPipeBytes = 256 * 1024;

Result<base::UniqueFd> open_end(const std::filesystem::path& path, int direction) {
  base::UniqueFd fd(::open(path.c_str(), direction | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return Error{ErrorCode::environment,
                 fmt::format("cannot open the FIFO '{}': {}", path.string(), std::strerror(errno))};
  }
  if (!S_ISFIFO(status.st_mode)) {
    return Error{ErrorCode::environment, fmt::format("'{}' is not a FIFO", path.string())};
  }
  return fd;
}

// Both ends, ours first. The reading end must be opened first: without it a writer gets ENXIO.
Result<void> open_pair(const std::filesystem::path& path, bool we_read, base::UniqueFd& ours,
                       base::UniqueFd& spare) {
  auto reader = open_end(path, O_RDONLY);
  if (!reader) return std::move(reader).error();
  auto writer = open_end(path, O_WRONLY);
  if (!writer) return std::move(writer).error();
  ours = std::move(we_read ? *reader : *writer);
  spare = std::move(we_read ? *writer : *reader);
  return {};
}

}  // namespace

Result<StdioEnds> open_stdio_ends(const StdioPaths& paths) {
  StdioEnds ends;
  const std::array<Result<void>, 4> opened{
      open_pair(paths.in, false, ends.in, ends.spares[0]),
      open_pair(paths.out, true, ends.out, ends.spares[1]),
      open_pair(paths.err, true, ends.err, ends.spares[2]),
      open_pair(paths.control, true, ends.control, ends.spares[3])};
  for (const auto& result : opened) {
    if (!result) return result.error();
  }
  // Refused when the user's share of pipe memory is used up; then the usual 64 KiB do as well.
  ::fcntl(ends.in.get(), F_SETPIPE_SZ, kPipeBytes);
  ::fcntl(ends.out.get(), F_SETPIPE_SZ, kPipeBytes);
  return ends;
}

}  // namespace wharf::process
