#pragma once
// The files that logs of attempts lie in. Of job 12, its first attempt:
//
//   logs/12/0.log             its beginning
//   logs/12/0.log.33554432    what was written from that byte on: the newest pieces are kept
//   logs/12/0.log.gz          the same pieces, compressed once the attempt has ended
//
// Offsets count every byte that was ever written, so that one keeps its meaning whatever has been
// left out or compressed since.

#include <wharf/error.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace wharf::bookkeeper {

struct LogPiece {
  std::uint64_t offset = 0;  ///< of its first byte
  std::filesystem::path file;
  bool compressed = false;
  std::uint64_t size_on_disk = 0;
};

/// Where the log of an attempt begins.
std::filesystem::path log_of(const std::filesystem::path& logs, const base::AttemptId& attempt);

/// The pieces of a log, named by its beginning, oldest first.
std::vector<LogPiece> pieces_of(const std::filesystem::path& log);

/// The attempt that log_of() made this name of; no such name: none. The job may have got another
/// number since.
std::optional<base::AttemptId> attempt_named(const std::filesystem::path& log);

/// A log that lies there, whoever knows of it. Without a path: there may be a hundred thousand.
struct StoredLog {
  base::AttemptId attempt;  ///< as log_of() names it
  std::uint64_t size_on_disk = 0;
  base::WallTime changed;
  bool plain = false;  ///< something of it is not compressed
};
/// All of them, in no order; files of other names are none.
std::vector<StoredLog> stored_logs(const std::filesystem::path& logs);

/// Compresses what is plain. The attempt must have ended: nobody appends any more.
Result<void> compress_log(const std::filesystem::path& log);
/// With its job's directory, if that holds no other.
void remove_log(const std::filesystem::path& log);

/// How much the next attempt of a job may write: half of what the job's quota has left, so that
/// there is always something left, and never so little that a cause would not fit.
std::uint64_t log_share(const std::filesystem::path& logs, base::JobId job, std::uint64_t per_job);

/// Reads a log from an offset on, also while it is being written. One thread at a time.
class LogReader {
 public:
  explicit LogReader(std::filesystem::path log, std::uint64_t offset = 0);
  ~LogReader();
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;

  /// What comes next, `most` bytes at most; empty: nothing for now. Where something was left out, a
  /// line of its own says so. Throws Failure (environment) if a piece cannot be read.
  std::string read(std::size_t most);
  /// Where `read` goes on.
  std::uint64_t offset() const { return offset_; }

 private:
  struct Open;
  std::string read_open(std::size_t most);
  bool open_at_offset();

  std::filesystem::path log_;
  std::uint64_t offset_;
  std::unique_ptr<Open> open_;
};

/// Where the log ends now.
std::uint64_t log_end(const std::filesystem::path& log);

}  // namespace wharf::bookkeeper
