#pragma once

#include <chrono>
#include <cstddef>

namespace wharf::api {

/// What a server grants at most. The defaults are for one machine; tests shrink them.
struct Limits {
  std::size_t connections = 512;       ///< through TCP; soft limits of 1,024 descriptors are common
  std::size_t local_connections = 64;  ///< through the Unix socket
  int backlog = 1024;
  std::size_t handler_threads = 64;
  std::chrono::milliseconds handler_idle_time{10'000};  ///< a thread without work ends
  int requests_per_connection = 1000;

  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 10 * 1024 * 1024;
  std::size_t bodies_bytes = 64 * 1024 * 1024;  ///< of all requests together, being read or handled

  // Each is one deadline for the whole of it: a byte now and then does not help.
  std::chrono::milliseconds header_time{10'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds write_time{30'000};

  std::chrono::milliseconds idle_time{60'000};
  /// When there are as many connections as may be, those idle for so long make room.
  std::chrono::milliseconds idle_time_when_full{1'000};

  std::size_t followers = 16;
  std::chrono::milliseconds follow_time{60'000};
  std::chrono::milliseconds follow_pause{200};  ///< between two looks for something new
};

}  // namespace wharf::api
