#pragma once
// Names of the files that a connection keeps in a directory.

#include <wharf/protocol/catalog.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace wharf::connectors::files {

/// Everything outside `[A-Za-z0-9_]` is `_` (sync-semantics 3.8).
std::string clean_name(std::string_view name);
/// `<namespace>_<stream>`, or `<stream>` without a namespace; cleaned.
std::string stream_file_stem(const protocol::StreamDescriptor& target);

class OutputPaths {
 public:
  /// Where a configured `destination_path` lies: `/local/…` under local_root(), as
  /// Airbyte's local destinations have it, any other absolute path as it is. Throws Failure
  /// (invalid_config) if it is not absolute, or climbs out of `/local`.
  static OutputPaths configured(const std::string& destination_path);

  explicit OutputPaths(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }
  /// Our own: positions, owners, locks, stagings.
  std::filesystem::path inner() const { return directory_ / ".wharf"; }
  std::filesystem::path target(const std::string& file) const { return directory_ / file; }
  std::filesystem::path staging(const std::string& file, std::int64_t generation) const;
  std::filesystem::path owner(const std::string& file) const { return inner() / (file + ".owner"); }
  std::filesystem::path owners_lock() const { return inner() / "owners.lock"; }
  std::filesystem::path position(const std::string& connection) const;
  std::filesystem::path lock(const std::string& connection) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace wharf::connectors::files
