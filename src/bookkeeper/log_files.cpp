#include "bookkeeper/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>

#include "base/unique_fd.h"

namespace wharf::bookkeeper {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".log";
constexpr std::string_view kCompressed = ".gz";
constexpr std::uint64_t kLeastShare = 64 << 10;
constexpr int kLevel = 6;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

// `0.log.33554432.gz`, taken apart; no piece of a log: none.
struct FileName {
  std::string log;  // "0.log"
  std::uint64_t offset = 0;
  bool compressed = false;
};

std::optional<FileName> file_name(std::string_view text) {
  FileName name;
  if (text.ends_with(kCompressed)) {
    name.compressed = true;
    text.remove_suffix(kCompressed.size());
  }
  const auto ending = text.find(kEnding);
  if (ending == std::string_view::npos || !number_of<std::int64_t>(text.substr(0, ending)))
    return {};
  name.log = text.substr(0, ending + kEnding.size());
  const auto rest = text.substr(name.log.size());
  if (rest.empty()) return name;
  const auto offset = number_of<std::uint64_t>(rest.substr(1));
  if (rest.front() != '.' || !offset) return {};
  name.offset = *offset;
  return name;
}

template <class F>
void each_file(const fs::path& directory, F f) {
  std::error_code failed;
  for (fs::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed)) {
    f(*at);
  }
}

Error cannot(std::string_view act, const fs::path& file) {
  return {ErrorCode::environment,
          fmt::format("cannot {} {}: {}", act, file.string(), std::strerror(errno))};
}

struct CloseZipped {
  void operator()(gzFile file) const { ::gzclose(file); }
};
using Zipped = std::unique_ptr<std::remove_pointer_t<gzFile>, CloseZipped>;

Result<void> compress_file(const fs::path& file) {
  const base::UniqueFd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!in) return cannot("open", file);
  const fs::path half = file.string() + ".gz.tmp";
  base::UniqueFd out(::open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!out) return cannot("create", half);
  const int keep = ::fcntl(out.get(), F_DUPFD_CLOEXEC, 0);
  const base::UniqueFd synced(keep);
  Zipped zipped(::gzdopen(out.release(), fmt::format("wb{}", kLevel).c_str()));
  if (!zipped) return cannot("write", half);
  std::array<char, 64 << 10> buffer;
  while (true) {
    const auto size = ::read(in.get(), buffer.data(), buffer.size());
    if (size < 0) return cannot("read", file);
    if (size == 0) break;
    if (::gzwrite(zipped.get(), buffer.data(), static_cast<unsigned>(size)) != size)
      return cannot("write", half);
  }
  if (::gzclose(zipped.release()) != Z_OK || ::fsync(synced.get()) != 0)
    return cannot("write", half);
  if (::rename(half.c_str(), (file.string() + std::string(kCompressed)).c_str()) != 0)
    return cannot("rename", half);
  std::error_code gone;
  fs::remove(file, gone);
  return {};
}

std::string left_out(std::uint64_t bytes) {
  return fmt::format("--- {} bytes are left out here: the log was over its limit ---\n", bytes);
}

}  // namespace

fs::path log_of(const fs::path& logs, const base::AttemptId& attempt) {
  return logs / base::to_string(attempt.job) / (std::to_string(attempt.number) + ".log");
}

std::vector<LogPiece> pieces_of(const fs::path& log) {
  std::map<std::uint64_t, LogPiece> pieces;
  each_file(log.parent_path(), [&](const fs::directory_entry& entry) {
    const auto name = file_name(entry.path().filename().string());
    if (!name || name->log != log.filename().string()) return;
    // Of a compression that was cut short both are there: the plain one is whole for certain.
    if (name->compressed && pieces.contains(name->offset)) return;
    std::error_code vanished;
    const auto size = entry.file_size(vanished);
    if (vanished) return;
    pieces[name->offset] = {name->offset, entry.path(), name->compressed, size};
  });
  std::vector<LogPiece> out;
  for (auto& [offset, piece] : pieces) out.push_back(std::move(piece));
  return out;
}

std::optional<base::AttemptId> attempt_named(const fs::path& log) {
  const auto job = number_of<std::int64_t>(log.parent_path().filename().string());
  const auto name = file_name(log.filename().string());
  if (!job || !name) return {};
  const auto number = number_of<std::int64_t>(
      std::string_view(name->log).substr(0, name->log.size() - kEnding.size()));
  const base::AttemptId attempt{base::JobId(*job), *number};
  const bool ours = log_of(log.parent_path().parent_path(), attempt) == log;  // not 007
  return ours ? std::optional(attempt) : std::nullopt;
}

std::vector<StoredLog> stored_logs(const fs::path& logs) {
  std::vector<StoredLog> out;
  each_file(logs, [&](const fs::directory_entry& job) {
    std::error_code vanished;
    if (!fs::is_directory(job.symlink_status(vanished))) return;
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    each_file(job.path(), [&](const fs::directory_entry& entry) {
      const auto name = file_name(entry.path().filename().string());
      struct stat status{};
      if (!name || ::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
      const auto attempt = attempt_named(job.path() / name->log);
      if (!attempt) return;
      auto log = std::find_if(out.begin() + first, out.end(),
                              [&](const StoredLog& known) { return known.attempt == *attempt; });
      if (log == out.end()) log = out.insert(log, StoredLog{*attempt, 0, {}, false});
      log->size_on_disk += static_cast<std::uint64_t>(status.st_size);
      log->changed = std::max(log->changed, base::from_millis(status.st_mtim.tv_sec * 1000));
      log->plain = log->plain || !name->compressed;
    });
  });
  return out;
}

Result<void> compress_log(const fs::path& log) {
  for (const auto& piece : pieces_of(log)) {
    if (piece.compressed) continue;
    if (auto done = compress_file(piece.file); !done) return done;
  }
  return {};
}

void remove_log(const fs::path& log) {
  std::error_code gone;
  for (const auto& piece : pieces_of(log)) {
    fs::remove(piece.file, gone);
    fs::remove(piece.file.string() + std::string(kCompressed), gone);
  }
  fs::remove(log.parent_path(), gone);
}

std::uint64_t log_share(const fs::path& logs, base::JobId job, std::uint64_t per_job) {
  std::uint64_t used = 0;
  each_file(logs / base::to_string(job), [&](const fs::directory_entry& entry) {
    std::error_code vanished;
    const auto size = entry.file_size(vanished);
    if (!vanished) used += size;
  });
  return std::max(kLeastShare, used >= per_job ? 0 : (per_job - used) / 2);
}

// ---- reading

struct LogReader::Open {
  LogPiece piece;
  Zipped file;  // plain files too: zlib passes them through
};

LogReader::LogReader(fs::path log, std::uint64_t offset) : log_(std::move(log)), offset_(offset) {}
LogReader::~LogReader() = default;
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;

std::string LogReader::read(std::size_t most) {
  if (log_.empty()) return {};
  if (!open_ && !open_at_offset()) return {};
  std::string text = read_open(most);
  if (!text.empty()) return text;
  // The end of this piece, or of the log: a piece after it was begun when this one was whole.
  for (const auto& piece : pieces_of(log_)) {
    if (piece.offset <= open_->piece.offset) continue;
    text = read_open(most);
    if (!text.empty()) return text;
    open_.reset();
    const auto gap = piece.offset - std::min(piece.offset, offset_);
    offset_ = std::max(offset_, piece.offset);
    return gap > 0 ? left_out(gap) : read(most);
  }
  return {};
}

bool LogReader::open_at_offset() {
  std::optional<LogPiece> found;
  for (auto& piece : pieces_of(log_)) {
    if (!found || piece.offset <= offset_) found = std::move(piece);
  }
  if (!found) return false;
  Zipped file(::gzopen(found->file.c_str(), "rbe"));
  if (!file) {
    if (errno == ENOENT) return false;  // compressed or removed just now
    throw Failure(cannot("open", found->file));
  }
  offset_ = std::max(offset_, found->offset);
  ::gzbuffer(file.get(), 64 << 10);
  const auto skip = static_cast<z_off_t>(offset_ - found->offset);
  if (skip > 0 && ::gzseek(file.get(), skip, SEEK_SET) != skip) return false;
  open_ = std::make_unique<Open>(Open{std::move(*found), std::move(file)});
  return true;
}

std::string LogReader::read_open(std::size_t most) {
  std::string text(most, '\0');
  ::gzclearerr(open_->file.get());  // the end of a file that grows is none
  const int size = ::gzread(open_->file.get(), text.data(), static_cast<unsigned>(most));
  if (size < 0) throw Failure(cannot("read", open_->piece.file));
  text.resize(static_cast<std::size_t>(size));
  offset_ += static_cast<std::uint64_t>(size);
  return text;
}

std::uint64_t log_end(const fs::path& log) {
  const auto pieces = pieces_of(log);
  if (pieces.empty()) return 0;
  const auto& last = pieces.back();
  if (!last.compressed) return last.offset + last.size_on_disk;
  LogReader reader(log, last.offset);
  while (!reader.read(1 << 20).empty()) {
  }
  return reader.offset();
}

}  // namespace wharf::bookkeeper
