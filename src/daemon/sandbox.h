#pragma once

#include "connection/references.h"
#include "declaration/declaration.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wharf::daemon {

/// Which of the machine's files systemd shows to a service, as far as its mounts tell: what
/// ProtectHome, PrivateTmp and InaccessiblePaths hide, and what ProtectSystem lets it read only.
class Sandbox {
 public:
  enum class Access { read, write };

  /// The sandbox of this process, if it is a service's.
  static Sandbox of_this_process(const connection::Environment& environment);
  /// The same from the text of /proc/self/mountinfo.
  explicit Sandbox(std::string_view mounts);
  Sandbox() = default;  ///< none: nothing is hidden

  /// Why the unit keeps a path (absolute) from being used so, and the drop-in that opens it. None:
  /// nothing of the unit stands in the way.
  std::optional<std::string> objection(const std::filesystem::path& path, Access access) const;

 private:
  struct Mount {
    std::string point;
    std::string root;  ///< which part of its file system stands there
    std::string type;
    bool read_only = false;
  };
  static std::optional<Mount> read_mount(std::string_view line);
  const Mount* mount_of(const std::string& path) const;

  std::vector<Mount> mounts_;
};

/// Paths in configurations of built-in connectors that the service cannot reach: a source's to be
/// read, a destination's to be written.
std::vector<declaration::Problem> hidden_paths(const declaration::Declaration& declaration,
                                               const Sandbox& sandbox);

}  // namespace wharf::daemon
