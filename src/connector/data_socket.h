#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "connector/stop.h"

namespace wharf::connector {

/// The source's end of a data socket before its one peer has come: bound and listening from its
/// construction, whatever file an earlier life left there.
class Listener {
 public:
  /// Throws Failure (`environment`) when the path cannot be bound.
  explicit Listener(std::string path);

  int descriptor() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  /// Takes the connection that waits and listens no more. Call when the descriptor is readable.
  base::UniqueFd accept();

 private:
  std::string path_;
  base::UniqueFd fd_;
};

/// Waits for the file, 15 minutes at most, and connects once, as the destination does: a refused
/// connection is a Failure. Throws Stopped.
base::UniqueFd connect_to(const std::string& path, const Stop& stop);

/// Writes everything. Throws Failure when the peer is gone, naming `path`, or Stopped.
void send_all(int socket, std::string_view bytes, const Stop& stop, const std::string& path);

/// Reads what is there, at most `size` bytes: null when there is nothing now, 0 at the end. Throws
/// Failure when the peer died with the connection open.
std::optional<std::size_t> receive_some(int socket, char* to, std::size_t size);

}  // namespace wharf::connector
