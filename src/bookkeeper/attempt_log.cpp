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
#include "bookkeeper/log_files.h"

namespace wharf::bookkeeper {
namespace {

constexpr int kAppending = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
constexpr std::size_t kLaterPieces = 2;

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
  std::unique_ptr<AttemptLog> log(new AttemptLog(path, clock, std::move(options)));
  if (auto opened = log->open_last(); !opened) return std::move(opened).error();
  return log;
}

AttemptLog::AttemptLog(std::filesystem::path path, const base::Clock& clock, Options options)
    : path_(std::move(path)), clock_(clock), options_(std::move(options)) {}

Result<void> AttemptLog::open_last() {
  auto last = path_;
  for (const auto& piece : pieces_of(path_)) {
    if (piece.compressed) continue;
    last = piece.file;
    begins_at_ = piece.offset;
    if (piece.offset > 0) later_.push_back(piece.file);
  }
  ::mkdir(last.parent_path().c_str(), 0700);  // if it fails, so does what follows, by name
  file_.reset(::open(last.c_str(), kAppending, 0600));
  struct stat status{};
  if (!file_ || ::fstat(file_.get(), &status) != 0)
    return Error{ErrorCode::environment,
                 fmt::format("cannot open the log {}: {}", last.string(), std::strerror(errno))};
  size_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

// Of the piece that grows: the beginning takes a half of all, the two newest pieces a quarter each.
std::uint64_t AttemptLog::room() const {
  const auto most = begins_at_ == 0 ? options_.limit / 2 : options_.limit / 4;
  return most - std::min(most, size_);
}

bool AttemptLog::begin_piece() {
  const auto from = begins_at_ + size_;
  std::filesystem::path path = path_;
  path += fmt::format(".{}", from);
  base::UniqueFd file(::open(path.c_str(), kAppending, 0600));
  if (!file) return false;
  file_ = std::move(file);
  begins_at_ = from;
  size_ = 0;
  later_.push_back(path);
  if (later_.size() <= kLaterPieces) return true;
  ::unlink(later_.front().c_str());
  later_.pop_front();
  return true;
}

void AttemptLog::write(std::string_view entry) {
  if (entry.size() > room() && size_ > 0 && !begin_piece()) return;
  if (write_all(file_.get(), entry)) size_ += entry.size();
}

void AttemptLog::append(LogSource source, protocol::LogMessage::Level level,
                        std::string_view message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == '\r'))
    message.remove_suffix(1);
  const std::string masked = base::redact(message, options_.secrets);
  const std::string head = fmt::format("{} {} {} ", base::to_iso(clock_.wall()), name_of(source),
                                       protocol::name_of(level));
  // One message is not to push everything else out.
  const auto shown =
      base::clip(masked, std::max<std::uint64_t>(options_.limit / 8, kTailLineBytes));

  std::lock_guard lock(mutex_);
  auto& tail = tails_[static_cast<std::size_t>(source)];
  tail.emplace_back(base::clip(masked, kTailLineBytes));
  if (tail.size() > kTailLines) tail.pop_front();
  std::string entry = one_entry(head, shown);
  if (shown.size() < masked.size()) {
    entry.insert(entry.size() - 1, fmt::format("… ({} bytes)", masked.size()));
  }
  write(entry);
}

std::vector<std::string> AttemptLog::tail(LogSource source, std::size_t lines) const {
  std::lock_guard lock(mutex_);
  const auto& tail = tails_[static_cast<std::size_t>(source)];
  const auto count = static_cast<std::ptrdiff_t>(std::min(lines, tail.size()));
  return {tail.end() - count, tail.end()};
}

}  // namespace wharf::bookkeeper
