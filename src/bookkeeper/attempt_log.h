#pragma once

#include <wharf/error.h>
#include <wharf/protocol/message.h>

#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace wharf::bookkeeper {

/// Who speaks in an attempt's log.
enum class LogSource { platform, source, destination, source_stderr, destination_stderr };
std::string_view name_of(LogSource source);  ///< "platform", "source", "source-stderr"

/// The log of one attempt: `<time> <source> <level> <message>`, a line each; further lines of a
/// message are indented. Secrets are masked by their value. It takes `limit` bytes at most: half of
/// them are its beginning, the other half is what was written last; what lay between is left out
/// (log_files.h). Any thread may call it.
class AttemptLog {
 public:
  struct Options {
    std::uint64_t limit = 64ull << 20;
    std::vector<std::string> secrets;
  };

  /// Opens for appending, mode 0600, in a directory that is made; what stands there is kept and
  /// counts.
  static Result<std::unique_ptr<AttemptLog>> open(const std::filesystem::path& path,
                                                  const base::Clock& clock, Options options);

  void append(LogSource source, protocol::LogMessage::Level level, std::string_view message);

  /// The last `lines` messages of that source, oldest first, as they were written (masked, without
  /// time and level). At most 100 are known.
  std::vector<std::string> tail(LogSource source, std::size_t lines) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  AttemptLog(std::filesystem::path path, const base::Clock& clock, Options options);
  Result<void> open_last();
  bool begin_piece();
  void write(std::string_view entry);
  std::uint64_t room() const;

  static constexpr std::size_t kTailLines = 100;
  static constexpr std::size_t kTailLineBytes = 4096;

  const std::filesystem::path path_;
  const base::Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  base::UniqueFd file_;                      // the piece that grows
  std::uint64_t begins_at_ = 0;              // its first byte
  std::uint64_t size_ = 0;                   // of it
  std::deque<std::filesystem::path> later_;  // pieces after the beginning, oldest first
  std::array<std::deque<std::string>, 5> tails_;
};

}  // namespace wharf::bookkeeper
