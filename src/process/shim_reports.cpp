#include "process/shim_reports.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

namespace wharf::process {

void ShimReports::hear(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::string verb;
  words >> verb;
  if (verb == "started") {
    started = true;
  } else if (verb == "running") {
    launched = Result<void>();
  } else if (verb == "failed") {
    int error = 0;
    std::string reason;
    words >> error >> std::ws;
    std::getline(words, reason);
    if (error == ENOEXEC) reason += ": made for another architecture, or a script without '#!'";
    launched = Result<void>(Error{ErrorCode::environment, reason});
  } else if (verb == "exit") {
    int code = 0;
    words >> code;
    exit = code;
  }
}

bool ShimReports::read(int control) {
  for (;;) {
    std::array<char, 1024> piece;
    const auto count = ::read(control, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    heard_.append(piece.data(), static_cast<std::size_t>(count));
    for (std::size_t end; (end = heard_.find('\n')) != std::string::npos;) {
      hear(std::string_view(heard_).substr(0, end));
      heard_.erase(0, end + 1);
    }
  }
}

}  // namespace wharf::process
