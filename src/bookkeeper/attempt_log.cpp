#include "bookkeeper/attempt_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "base/text.h"

namespace wharf::bookkeeper {
namespace {

// A log that cannot be written (disk full) must not fail what it is about.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string one_entry(std::string_view head, std::string_view message) {
  std::string entry(head);
  for (char c : message) {
    entry += c;
    if (c == '\n') entry += "    ";
  }
  return entry += '\n';
}

}  // namespace

std::string_view name_of(LogSource source) {
  switch (source) {
    case LogSource::platform:
      return "platform";
    case LogSource::source:
      return "source";
    case LogSource::destination:
      return "destination";
    case LogSource::source_stderr:
      return "source-stderr";
    case LogSource::destination_stderr:
      return "destination-stderr";
  }
  return "platform";
}

Result<std::unique_ptr<AttemptLog>> AttemptLog::open(const std::filesystem::path& path,
                                                     const base::Clock& clock, Options options) {
  base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0)
    return Error{ErrorCode::environment,
                 fmt::format("cannot open the log {}: {}", path.string(), std::strerror(errno))};
  return std::unique_ptr<AttemptLog>(new AttemptLog(path, std::move(file),
                                                    static_cast<std::uint64_t>(status.st_size),
                                                    clock, std::move(options)));
}

AttemptLog::AttemptLog(std::filesystem::path path, base::UniqueFd file, std::uint64_t size,
                       const base::Clock& clock, Options options)
    : path_(std::move(path)),
      clock_(clock),
      options_(std::move(options)),
      file_(std::move(file)),
      size_(size) {}

void AttemptLog::append(LogSource source, protocol::LogMessage::Level level,
                        std::string_view message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == '\r'))
    message.remove_suffix(1);
  const std::string masked = base::redact(message, options_.secrets);
  const std::string head = fmt::format("{} {} {} ", base::to_iso(clock_.wall()), name_of(source),
                                       protocol::name_of(level));

  std::lock_guard lock(mutex_);
  auto& tail = tails_[static_cast<std::size_t>(source)];
  tail.emplace_back(base::clip(masked, kTailLineBytes));
  if (tail.size() > kTailLines) tail.pop_front();

  if (full_) return;
  std::string entry = one_entry(head, masked);
  if (size_ + entry.size() > options_.limit) {
    full_ = true;
    entry = one_entry(head, fmt::format("the log has reached its limit of {} bytes and ends here",
                                        options_.limit));
  }
  if (write_all(file_.get(), entry)) size_ += entry.size();
}

std::vector<std::string> AttemptLog::tail(LogSource source, std::size_t lines) const {
  std::lock_guard lock(mutex_);
  const auto& tail = tails_[static_cast<std::size_t>(source)];
  const auto count = static_cast<std::ptrdiff_t>(std::min(lines, tail.size()));
  return {tail.end() - count, tail.end()};
}

}  // namespace wharf::bookkeeper
