#pragma once

#include <base/unique_fd.h>
#include <wharf/error.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::workload {

/// Where run directories are made. It is the lock: a directory of our own, 0700, that nobody else
/// enters; what stands inside is open to any uid, so a container may run as whom it likes.
/// /run/wharf/runs if it is ours (or we may make it), else `$XDG_RUNTIME_DIR/wharf`, else
/// /tmp/wharf-<uid>. A place that is a symlink, another user's or open to others is refused by
/// name.
Result<std::filesystem::path> find_runs_directory();

/// The same check for a place that was chosen by hand; makes it if it is not there.
Result<std::filesystem::path> ensure_private_directory(const std::filesystem::path& path);

/// One side's part of a run directory: its files, and the FIFOs of the connector and its shim.
struct SideDirectory {
  std::filesystem::path path;

  std::filesystem::path in() const { return path / "stdin"; }
  std::filesystem::path out() const { return path / "stdout"; }
  std::filesystem::path err() const { return path / "stderr"; }
  std::filesystem::path control() const { return path / "control"; }
};

/// The files, FIFOs and sockets of one attempt, or of one question to a connector:
///
///   <runs>/<8 characters>/owner         locked as long as its maker lives
///                        /source/…      connectorConfig.json, catalog.json …; stdin stdout stderr
///                        control /dest/…        likewise; /config/… for a single question /s/
///                        airbyte_socket_1.sock … (made by the source)
///
/// Removed with all it holds when it is destroyed, which follows no symlink. One thread at a time.
class RunDirectory {
 public:
  /// Makes a fresh one in `runs`, which find_runs_directory() has checked.
  static Result<RunDirectory> create(const std::filesystem::path& runs);

  RunDirectory(RunDirectory&& other) noexcept;
  RunDirectory& operator=(RunDirectory&& other) noexcept;
  ~RunDirectory();

  const std::filesystem::path& path() const { return path_; }

  /// Makes a side's directory, `files` (name → content) and FIFOs, anew if it stood already: a
  /// connector that is started again gets nothing of the one before. Fails with `environment` if
  /// the disk is full.
  Result<SideDirectory> prepare(std::string_view side,
                                const std::map<std::string, std::string, std::less<>>& files) const;

  /// The paths of `count` sockets, none of which exists yet. Fails with `environment` if they are
  /// longer than a socket's path may be, 107 bytes.
  Result<std::vector<std::string>> socket_paths(int count) const;

 private:
  RunDirectory(std::filesystem::path path, base::UniqueFd owner);
  void remove();

  std::filesystem::path path_;  // empty: moved from
  base::UniqueFd owner_;
};

/// Where the sockets of a run directory stand.
std::filesystem::path sockets_directory(const std::filesystem::path& run_directory);

/// Once the source is gone: where it made no socket, one is made to which nobody listens, so that
/// a destination that still waits for it is refused at once, as by one whose maker died.
void refuse_connections(const std::vector<std::string>& socket_paths);

/// Whether its maker lives.
bool is_owned(const std::filesystem::path& run_directory);

/// Removes what earlier lives left in `runs`: each run directory whose maker lives no more. Those
/// of living processes stay. Answers how many went.
Result<int> sweep_stale_runs(const std::filesystem::path& runs);

}  // namespace wharf::workload
