#pragma once
// Acts on the file system that must survive a power cut. Each throws Failure (environment) that
// names the path and the system's own words; none leaves half a file under its final name.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace wharf::connectors::files {

/// A file as the system sees it: which one, and how long.
struct FileMark {
  std::int64_t inode = 0;
  std::int64_t length = 0;

  friend bool operator==(const FileMark&, const FileMark&) = default;
};

/// The file of that name, or nothing. What is no regular file is refused.
std::optional<FileMark> look_at(const std::filesystem::path& path);

/// The whole of a small file, or nothing if there is none.
std::optional<std::string> read_whole(const std::filesystem::path& path);

/// Makes `path` hold `text`, at once for whoever looks: temporary file, fdatasync, rename, sync of
/// the directory. Returns the inode it has now.
std::int64_t replace_file(const std::filesystem::path& path, std::string_view text);

/// Renames within one file system. Durable only after both directories are synced.
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Removes it if it is there.
void remove_file(const std::filesystem::path& path);

/// Makes the directory and its parents; the new names are durable.
void make_directory(const std::filesystem::path& path);

void sync_directory(const std::filesystem::path& path);

/// Throws Failure (environment): `cannot write /data/orders.jsonl: No space left on device`.
[[noreturn]] void fail_on(std::string_view act, const std::filesystem::path& path, int error);

}  // namespace wharf::connectors::files
