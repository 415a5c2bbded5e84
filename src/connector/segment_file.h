#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace wharf::connector {

/// Where rows wait that memory has no room for: a file without a name, in `$TMPDIR`, else
/// /var/tmp, else /tmp (a run directory is no place for it: it lies in memory). Made when first
/// used; gone with the process, however that ends. What was read back gives its room on the disk
/// back.
class SegmentFile {
 public:
  struct Extent {
    std::int64_t offset = 0;
    std::size_t size = 0;
  };

  /// Throws Failure (`environment`) when the disk does not take it.
  Extent append(std::string_view bytes);
  void read(Extent extent, char* to) const;
  /// The bytes are not needed any more.
  void release(Extent extent);

  std::int64_t live_bytes() const { return live_bytes_; }

 private:
  void open();

  base::UniqueFd fd_;
  std::string folder_;
  std::int64_t end_ = 0;
  std::int64_t live_bytes_ = 0;
};

}  // namespace wharf::connector
