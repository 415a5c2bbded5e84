#include "daemon/basic_login.h"

#include "base/text.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace wharf::daemon {
namespace {

Error unusable(const std::string& file, std::string_view why) {
  return {ErrorCode::environment, fmt::format("basic.password_file {}: {}", file, why)};
}

}  // namespace

Result<std::optional<api::BasicLogin>> basic_login(const Settings& settings) {
  if (settings.basic_user.empty()) return std::optional<api::BasicLogin>();
  const auto& file = settings.basic_password_file;
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat found{};
  if (!fd || ::fstat(fd.get(), &found) != 0) return unusable(file, std::strerror(errno));
  if (!S_ISREG(found.st_mode)) return unusable(file, "it is no file");
  if ((found.st_mode & 027) != 0)
    return unusable(file, "others may read or write it; make it private with chmod 640");
  std::array<char, 4096> text{};
  const auto length = ::read(fd.get(), text.data(), text.size());
  if (length < 0) return unusable(file, std::strerror(errno));
  const auto password = base::trim({text.data(), static_cast<std::size_t>(length)});
  if (password.empty()) return unusable(file, "it holds no password");
  return std::optional(api::BasicLogin{settings.basic_user, api::hash_of(password)});
}

}  // namespace wharf::daemon
