#include "daemon/logins.h"

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

constexpr std::size_t kTokenLeast = 20;  // letters; what people make up is not guessed then either

Error unusable(const std::string& file, std::string_view why) {
  return {ErrorCode::environment, fmt::format("{}: {}", file, why)};
}

Result<std::string> read_secret(const std::string& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat found{};
  if (!fd || ::fstat(fd.get(), &found) != 0) return unusable(file, std::strerror(errno));
  if (!S_ISREG(found.st_mode)) return unusable(file, "it is no file");
  if ((found.st_mode & 027) != 0)
    return unusable(file, "others may read or write it; make it private with: chmod 640 " + file);
  std::array<char, 4096> text{};
  const auto length = ::read(fd.get(), text.data(), text.size());
  if (length < 0) return unusable(file, std::strerror(errno));
  const auto secret = base::trim({text.data(), static_cast<std::size_t>(length)});
  if (secret.empty()) return unusable(file, "it holds nothing");
  return std::string(secret);
}

}  // namespace

Result<Logins> read_logins(const Settings& settings) {
  Logins logins;
  if (!settings.basic_user.empty()) {
    const auto password = read_secret(settings.basic_password_file);
    if (!password) return password.error();
    logins.basic = api::BasicLogin{settings.basic_user, api::hash_of(*password)};
  }
  for (const auto& token : settings.tokens) {
    const auto text = read_secret(token.file);
    if (!text) return text.error();
    if (text->size() < kTokenLeast) {
      return unusable(token.file, fmt::format("a token has at least {} characters", kTokenLeast));
    }
    const auto role = api::role_named(token.role);
    WHARF_CHECK(role.has_value());
    logins.tokens.push_back({api::hash_of(*text), "token:" + token.name, *role, std::nullopt});
  }
  return logins;
}

}  // namespace wharf::daemon
