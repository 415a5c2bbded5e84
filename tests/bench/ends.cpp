// What stands at both ends of a measured road and costs next to nothing: a source program whose
// RECORD lines lie ready in memory, a destination program that discards what it reads, and a reader
// of a socket that does so too.
//
//   bench_ends source MEGABYTES STAMPS spec|check|discover|read …
//   bench_ends destination STAMPS spec|check|write …
//   bench_ends arrival STAMPS spec|check|write …
//   bench_ends discard SOCKET
//
// `read` and `write` append to the file STAMPS when they begin and end, and when the last record
// has come (CLOCK_MONOTONIC, nanoseconds); the `write` of an arrival, when its first has. Where
// STAMPS is "-" it is stderr: a container has no file of ours.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kLine = 400;           // bytes, the line end included
constexpr std::size_t kLinesInBlock = 2048;  // 800 KiB: stays in a cache, as fresh output does
constexpr std::size_t kWrite = 64 << 10;
constexpr std::size_t kTail = 64 << 10;
constexpr std::string_view kChecked =
    "{\"type\":\"CONNECTION_STATUS\",\"connectionStatus\":{\"status\":\"SUCCEEDED\"}}\n";

[[noreturn]] void fail(const char* doing) {
  std::fprintf(stderr, "bench_ends: cannot %s: %s\n", doing, std::strerror(errno));
  std::exit(1);
}

timespec now() {
  timespec at{};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  return at;
}

void stamp(const char* file, const char* what, timespec at = now()) {
  const bool on_stderr = std::string_view(file) == "-";
  std::FILE* out = on_stderr ? stderr : std::fopen(file, "a");
  if (out == nullptr) fail("open the stamps");
  std::fprintf(out, "%s %lld%09ld\n", what, static_cast<long long>(at.tv_sec), at.tv_nsec);
  if (!on_stderr) std::fclose(out);
}

std::string line(std::size_t number) {
  std::string text = R"({"type":"RECORD","record":{"stream":"lines","data":{"id":)";
  text += std::to_string(1'000'000'000 + number);
  text += R"(,"first_name":"Chlo\u00e9","country":"FR","amount":)" + std::to_string(number % 1000);
  text += R"(.25,"active":true,"tags":["a","b"],"text":")";
  const std::string tail = "\"},\"emitted_at\":1700000000000}}\n";
  text.append(kLine - text.size() - tail.size(), 'x');
  return text + tail;
}

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail("write");
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void read_lines(std::size_t size, const char* stamps) {
  std::string block;
  for (std::size_t number = 0; number < kLinesInBlock; ++number) block += line(number);
  stamp(stamps, "begin");
  std::size_t left = size - size % kLine;
  while (left > 0) {
    for (std::size_t at = 0; at < block.size() && left > 0; at += kWrite) {
      const std::size_t piece = std::min({kWrite, block.size() - at, left});
      write_all(std::string_view(block).substr(at, piece));
      left -= piece;
    }
  }
}

int source(char** arguments) {
  const std::string_view verb = arguments[2];
  if (verb == "spec") {
    write_all("{\"type\":\"SPEC\",\"spec\":{\"connectionSpecification\":{\"type\":\"object\"}}}\n");
  } else if (verb == "check") {
    write_all(kChecked);
  } else if (verb == "discover") {
    write_all(
        R"({"type":"CATALOG","catalog":{"streams":[{"name":"lines","supported_sync_modes":)"
        R"(["full_refresh"],"json_schema":{"type":"object","properties":{)"
        R"("id":{"type":"integer"},"first_name":{"type":"string"},"country":{"type":"string"},)"
        R"("amount":{"type":"number"},"active":{"type":"boolean"},"tags":{"type":"array"},)"
        R"("text":{"type":"string"}}}}]}})"
        "\n");
  } else if (verb == "read") {
    read_lines(static_cast<std::size_t>(std::atoll(arguments[0])) * 1'000'000, arguments[1]);
  }
  return 0;
}

struct Discarded {
  std::string tail;  // the last bytes
  timespec last{};   // when the last record came
};

// Reads to the end; stamps the first record if it is told where.
Discarded discard(int fd, const char* stamps = nullptr) {
  std::vector<char> buffer(std::size_t{1} << 20);
  Discarded discarded;
  std::string& tail = discarded.tail;
  for (;;) {
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read");
    if (got == 0) return discarded;
    const auto size = static_cast<std::size_t>(got);
    if (std::string_view(buffer.data(), size).find("\"RECORD\"") != std::string_view::npos) {
      discarded.last = now();
      if (stamps != nullptr) stamp(std::exchange(stamps, nullptr), "first");
    }
    if (size >= kTail) tail.clear();
    tail.append(buffer.data() + (size - std::min(size, kTail)), std::min(size, kTail));
    if (tail.size() > 2 * kTail) tail.erase(0, tail.size() - kTail);
  }
}

int destination(char** arguments, bool of_arrival) {
  const std::string_view verb = arguments[1];
  if (verb == "spec") {
    write_all(R"({"type":"SPEC","spec":{"connectionSpecification":{"type":"object"},)"
              R"("supported_destination_sync_modes":["append","overwrite"]}})"
              "\n");
  } else if (verb == "check") {
    write_all(kChecked);
  } else if (verb == "write") {
    const auto [tail, last] = discard(STDIN_FILENO, of_arrival ? arguments[0] : nullptr);
    if (!of_arrival) {
      stamp(arguments[0], "last", last);
      stamp(arguments[0], "end");
    }
    // The states stand at the end; what was before them was discarded.
    for (std::size_t at = 0; at < tail.size();) {
      const std::size_t end = std::min(tail.find('\n', at), tail.size() - 1) + 1;
      const auto each = std::string_view(tail).substr(at, end - at);
      if (each.starts_with(R"({"type":"STATE")")) write_all(each);
      at = end;
    }
  }
  return 0;
}

int discard_socket(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  for (;;) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      discard(fd);
      return 0;
    }
    ::close(fd);
    ::usleep(500);  // until the source listens
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view role = count > 1 ? arguments[1] : "";
  if (role == "source" && count > 4) return source(arguments + 2);
  if (role == "destination" && count > 3) return destination(arguments + 2, false);
  if (role == "arrival" && count > 3) return destination(arguments + 2, true);
  if (role == "discard" && count == 3) return discard_socket(arguments[2]);
  std::fprintf(stderr, "usage: bench_ends source|destination|arrival|discard …\n");
  return 2;
}
