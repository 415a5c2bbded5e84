#pragma once

#include <filesystem>
#include <optional>

namespace wharf::connectors::files {

/// An exclusive lock on a file that is made for it and stays. Held until destroyed; a killed
/// process holds none.
class OutputLock {
 public:
  /// Nothing if somebody else holds it.
  static std::optional<OutputLock> try_take(const std::filesystem::path& path);
  /// Waits for it: for locks that are held for a moment only.
  static OutputLock take(const std::filesystem::path& path);

  OutputLock(OutputLock&& other) noexcept;
  OutputLock& operator=(OutputLock&&) = delete;
  ~OutputLock();

 private:
  explicit OutputLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace wharf::connectors::files
