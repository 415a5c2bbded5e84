#include "daemon/local_door.h"

#include "daemon/core.h"

#include <fmt/format.h>

#include <sys/un.h>

namespace wharf::daemon {
namespace {

constexpr const char* kName = "wharf.sock";
constexpr const char* kRuntime = "/run/wharf";
constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

std::optional<std::string> socket_path(const std::string& chosen,
                                       const std::filesystem::path& data_directory,
                                       const connection::Environment& environment) {
  if (!chosen.empty()) return chosen;
  const char* runtime = environment("RUNTIME_DIRECTORY");
  if (runtime != nullptr && *runtime == '/') {
    const std::string all(runtime);  // several are separated by colons
    return all.substr(0, all.find(':')) + "/" + kName;
  }
  auto path = (data_directory / kName).string();
  if (path.size() > kLongest) return std::nullopt;
  return path;
}

Result<void> lead_to_socket(const std::filesystem::path& data_directory,
                            const std::string& socket) {
  const auto link = data_directory / kName;
  std::error_code failed;
  if (std::filesystem::is_symlink(link, failed)) std::filesystem::remove(link, failed);
  if (link == std::filesystem::path(socket).lexically_normal()) return {};
  std::filesystem::remove(link, failed);  // the socket of a former life
  std::filesystem::create_symlink(socket, link, failed);
  if (!failed) return {};
  return Error{ErrorCode::environment,
               fmt::format("cannot make {}: {}", link.string(), failed.message())};
}

std::vector<std::string> sockets_to_try(const std::string& chosen, const std::string& data_dir,
                                        const connection::Environment& environment) {
  if (!chosen.empty()) return {chosen};
  const char* named = environment("WHARF_SOCKET");
  if (data_dir.empty() && named != nullptr && *named != '\0') return {named};
  std::vector<std::string> places;
  if (data_dir.empty()) places.push_back(std::string(kRuntime) + "/" + kName);
  places.push_back((data_directory(data_dir) / kName).string());
  return places;
}

}  // namespace wharf::daemon
