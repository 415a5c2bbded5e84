#include "daemon/credentials.h"

#include "base/private_file.h"
#include "base/unique_fd.h"
#include "base/uuid.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace wharf::daemon {
namespace {

constexpr std::size_t kSecretChars = 32;

Error failed_to(const char* what, const std::filesystem::path& file) {
  return Error{ErrorCode::environment,
               std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(errno)};
}

// Whole or not at all: others see the name when the content is on the disk.
Result<void> write_private(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path made = file.string() + ".new";
  const base::UniqueFd fd(
      ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const auto size = static_cast<ssize_t>(text.size());
  if (!fd || ::write(fd.get(), text.data(), text.size()) != size || ::fsync(fd.get()) != 0)
    return failed_to("write", made);
  if (::rename(made.c_str(), file.c_str()) != 0) return failed_to("write", file);
  return {};
}

}  // namespace

api::Client Credentials::client(api::Role role) const {
  return {client_id, api::hash_of(client_secret), role};
}

std::filesystem::path credentials_file(const std::filesystem::path& data_directory, Holder holder) {
  return data_directory / (holder == Holder::admin ? "credentials.json" : "launcher.json");
}

Result<Credentials> read_credentials(const std::filesystem::path& data_directory, Holder holder) {
  const auto file = credentials_file(data_directory, holder);
  if (!std::filesystem::exists(file)) {
    return Error{ErrorCode::not_found,
                 file.string() + " is not there: `wharf serve` makes it when it first starts"};
  }
  if (auto kept = base::require_private_file(file); !kept) return std::move(kept).error();
  std::ifstream in(file, std::ios::binary);
  if (!in) return failed_to("read", file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  auto text_of = [&](const char* key) {
    const bool is_text = json.is_object() && json.contains(key) && json[key].is_string();
    return is_text ? json[key].get<std::string>() : std::string();
  };
  Credentials read{text_of("client_id"), text_of("client_secret")};
  if (!read.client_id.empty() && !read.client_secret.empty()) return read;
  return Error{ErrorCode::invalid_config,
               file.string() + " must hold client_id and client_secret; delete it for new ones"};
}

Result<Credentials> ensure_credentials(const std::filesystem::path& data_directory, Holder holder) {
  auto known = read_credentials(data_directory, holder);
  if (known || known.error().code != ErrorCode::not_found) return known;
  Credentials made{base::random_uuid(), api::random_secret(kSecretChars)};
  const nlohmann::json json{{"client_id", made.client_id}, {"client_secret", made.client_secret}};
  auto written = write_private(credentials_file(data_directory, holder), json.dump(2) + "\n");
  if (!written) return std::move(written).error();
  return made;
}

}  // namespace wharf::daemon
