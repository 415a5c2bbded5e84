#include "daemon/sandbox.h"

#include "base/text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

namespace wharf::daemon {
namespace {

using nlohmann::json;

// A blank in a path stands in mountinfo as \040.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '\\' && at + 3 < text.size();
    if (!escape) {
      plain += text[at];
      continue;
    }
    plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                               (text[at + 3] - '0'));
    at += 3;
  }
  return plain;
}

bool has_option(std::string_view options, std::string_view wanted) {
  for (const auto option : base::split(options, ',')) {
    if (option == wanted) return true;
  }
  return false;
}

bool is_below(const std::string& path, const std::string& directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

// What a drop-in should name: the directory itself, or the one that a file is to stand in.
std::string directory_of(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored) ? path.string() : path.parent_path().string();
}

std::string drop_in(std::string_view lines) {
  return fmt::format(
      "choose another place, /var/lib/wharf for one, or open it with `systemctl edit wharf`, to a "
      "directory that is there and that the user wharf may use:\n  [Service]\n{}",
      lines);
}

void each_path(const json& value, const std::string& pointer,
               const std::function<void(const std::string&, const std::string&)>& visit) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.starts_with('/')) visit(text, pointer);
  }
  if (!value.is_structured()) return;
  for (const auto& item : value.items()) {
    each_path(item.value(), pointer + "/" + item.key(), visit);
  }
}

void add_hidden(const declaration::Endpoint& endpoint, Sandbox::Access access,
                const Sandbox& sandbox, std::vector<declaration::Problem>& problems) {
  if (endpoint.connector.builtin.empty()) return;
  const auto directory = std::filesystem::absolute(endpoint.place.file).parent_path().string();
  const auto anchored = connection::anchored_configuration(endpoint.configuration, directory, true);
  if (!anchored) return;  // said by whoever makes the connection
  each_path(json::parse(*anchored), "", [&](const std::string& path, const std::string& pointer) {
    auto objection = sandbox.objection(path, access);
    if (!objection) return;
    const auto line = endpoint.lines.find(pointer);
    problems.push_back(
        {{endpoint.place.file, line == endpoint.lines.end() ? endpoint.place.line : line->second},
         fmt::format("'{}': {}", endpoint.name, *objection)});
  });
}

}  // namespace

// A terminal of a desktop's session inherits much of what a service has, but not this number.
Sandbox Sandbox::of_this_process(const connection::Environment& environment) {
  const char* service = environment("SYSTEMD_EXEC_PID");
  if (service == nullptr || service != std::to_string(::getpid())) return {};
  std::ifstream in("/proc/self/mountinfo");
  return Sandbox(std::string(std::istreambuf_iterator<char>(in), {}));
}

Sandbox::Sandbox(std::string_view mounts) {
  for (const auto line : base::split(mounts, '\n')) {
    if (auto mount = read_mount(line)) mounts_.push_back(std::move(*mount));
  }
}

// `36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/root rw`
std::optional<Sandbox::Mount> Sandbox::read_mount(std::string_view line) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  const auto before = base::split(line.substr(0, dash), ' ');
  const auto after = base::split(line.substr(dash + 3), ' ');
  if (before.size() < 6) return std::nullopt;
  return Mount{unescaped(before[4]), unescaped(before[3]), std::string(after.front()),
               has_option(before[5], "ro")};
}

// The deepest one, and of several at one point the last.
const Sandbox::Mount* Sandbox::mount_of(const std::string& path) const {
  const Mount* found = nullptr;
  for (const auto& mount : mounts_) {
    if (!is_below(path, mount.point)) continue;
    if (found == nullptr || mount.point.size() >= found->point.size()) found = &mount;
  }
  return found;
}

std::optional<std::string> Sandbox::objection(const std::filesystem::path& path,
                                              Access access) const {
  const auto normal = path.lexically_normal();
  const Mount* mount = mount_of(normal.string());
  if (mount == nullptr) return std::nullopt;
  const bool writes = access == Access::write;
  const std::string opened =
      writes ? fmt::format("  ReadWritePaths={}\n", directory_of(normal)) : std::string();
  if (mount->root.find("/systemd-private-") != std::string::npos) {
    return fmt::format(
        "{} is hidden from the service, which has a {} of its own that is emptied when it stops "
        "(PrivateTmp); {}",
        normal.string(), mount->point, drop_in("  PrivateTmp=no\n" + opened));
  }
  const bool home = mount->point == "/home" || mount->point == "/root";
  if (mount->root.find("/systemd/inaccessible/") != std::string::npos ||
      (home && mount->type == "tmpfs")) {
    return fmt::format("{} is hidden from the service by its unit (ProtectHome); {}",
                       normal.string(), drop_in("  ProtectHome=read-only\n" + opened));
  }
  if (!writes || !mount->read_only) return std::nullopt;
  return fmt::format("{} can be read by the service, but not written (ProtectSystem); {}",
                     normal.string(), drop_in(opened));
}

std::vector<declaration::Problem> hidden_paths(const declaration::Declaration& declaration,
                                               const Sandbox& sandbox) {
  std::vector<declaration::Problem> problems;
  for (const auto& source : declaration.sources) {
    add_hidden(source, Sandbox::Access::read, sandbox, problems);
  }
  for (const auto& destination : declaration.destinations) {
    add_hidden(destination, Sandbox::Access::write, sandbox, problems);
  }
  return problems;
}

}  // namespace wharf::daemon
