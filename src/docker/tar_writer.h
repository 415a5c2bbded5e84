#pragma once

#include <wharf/error.h>

#include <cstdint>
#include <span>
#include <string>

namespace wharf::docker {

/// A file on its way into a container; a directory if the name ends in '/'.
struct ArchiveFile {
  std::string name;  ///< relative to where the archive is unpacked, without `..`
  unsigned mode = 0644;
  unsigned uid = 0;
  unsigned gid = 0;
  std::int64_t modified = 0;  ///< seconds since 1970
  std::string bytes = {};
};

/// The files as one archive (POSIX ustar), in their order. Fails with `invalid_argument` where a
/// name is empty, absolute, has `..`, or is longer than ustar can say (100 bytes, or 255 with a '/'
/// in the right place), or a number is beyond its field. Pure.
Result<std::string> tar_of(std::span<const ArchiveFile> files);

}  // namespace wharf::docker
