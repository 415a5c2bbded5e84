#include "secret/key.h"

#include "base/text.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace wharf::secret {
namespace {

constexpr std::string_view kCredential = "wharf.key";
constexpr std::string_view kOwnFile = "secret.key";
constexpr std::size_t kFileMax = 8 << 10;  // a hundred rotations

enum class Readers { nobody_else, group_of_root, group };

Error key_error(std::string message) {
  return {ErrorCode::environment, std::move(message)};
}

Error key_failure(const char* act, const std::filesystem::path& file) {
  return key_error(fmt::format("cannot {} the key of secrets, {}: {}", act, file.string(),
                               std::strerror(errno)));
}

std::string hex_of(const unsigned char* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

// What may be said of a key: a digest that nothing else is made of.
std::string id_of(const Key::Bytes& bytes) {
  std::string text = "wharf secret key id ";
  text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::array<unsigned char, 32> digest{};
  const bool done =
      EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_cleanse(text.data(), text.size());
  if (!done) throw std::runtime_error("OpenSSL has no SHA-256");
  return hex_of(digest.data(), 8);
}

bool read_hex(std::string_view text, Key::Bytes& bytes) {
  if (text.size() != 2 * Key::kSize) return false;
  for (std::size_t i = 0; i < Key::kSize; ++i) {
    const char* at = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(at, at + 2, bytes[i], 16);
    if (error != std::errc() || end != at + 2) return false;
  }
  return true;
}

// None if any part of it is no key.
std::vector<Key> keys_from(std::string_view text) {
  std::vector<Key> keys;
  Key::Bytes bytes{};
  if (text.size() == Key::kSize) {
    std::memcpy(bytes.data(), text.data(), text.size());
    keys.emplace_back(bytes);
  } else {
    for (auto line : base::split(text, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty()) continue;
      if (!read_hex(line, bytes)) return {};
      keys.emplace_back(bytes);
    }
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return keys;
}

bool is_private(const struct stat& found, Readers readers) {
  const auto others = found.st_mode & 077;
  if (others == 0) return true;
  if (others != 040) return false;
  return readers == Readers::group || (readers == Readers::group_of_root && found.st_uid == 0);
}

Result<KeyRing> read_keys(const std::filesystem::path& file, Readers readers) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) return KeyRing{{}, file};
  struct stat found{};
  if (!fd || ::fstat(fd.get(), &found) != 0) return key_failure("read", file);
  if (!S_ISREG(found.st_mode)) return key_error(file.string() + " is to be a file with a key");
  if (!is_private(found, readers)) {
    return key_error(fmt::format(
        "{0} holds the key of secrets and its mode {1:04o} lets others have it; make it private "
        "with: chmod 600 {0}",
        file.string(), found.st_mode & 07777));
  }
  std::array<char, kFileMax> text{};
  const auto length = ::read(fd.get(), text.data(), text.size());
  if (length < 0) return key_failure("read", file);
  KeyRing ring{keys_from({text.data(), static_cast<std::size_t>(length)}), file};
  OPENSSL_cleanse(text.data(), text.size());
  if (ring.keys.empty()) {
    return key_error(file.string() +
                     " holds no key: 64 hexadecimal digits are wanted, or 32 bytes as they are");
  }
  return ring;
}

// Who rotates the key of a service as root leaves it to the service's user.
bool give_to_owner_of(const std::filesystem::path& directory, int file) {
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0) return false;
  return found.st_uid == ::geteuid() || ::fchown(file, found.st_uid, found.st_gid) == 0;
}

Result<void> write_file(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path made = file.string() + ".new";
  const base::UniqueFd fd(
      ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const bool written =
      fd && ::fchmod(fd.get(), 0600) == 0 && give_to_owner_of(file.parent_path(), fd.get()) &&
      ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(fd.get()) == 0 && ::rename(made.c_str(), file.c_str()) == 0;
  if (!written) return key_failure("write", file);
  const base::UniqueFd directory(
      ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return key_failure("write", file);
  return {};
}

}  // namespace

Key::Key(const Bytes& bytes) : bytes_(bytes), id_(id_of(bytes)) {}

Key::Key(Key&& other) noexcept : bytes_(other.bytes_), id_(std::move(other.id_)) {
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

Key& Key::operator=(Key&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  id_ = std::move(other.id_);
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
  return *this;
}

Key::~Key() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

const Key* KeyRing::find(std::string_view id) const {
  for (const auto& key : keys) {
    if (key.id() == id) return &key;
  }
  return nullptr;
}

bool KeyRing::is_own(const std::filesystem::path& data_directory) const {
  return file == data_directory / kOwnFile;
}

Result<KeyRing> find_keys(const KeyPlaces& places) {
  if (!places.credentials.empty()) {
    // systemd shows a credential to the service's user by an access list: it looks like a group's.
    auto ring = read_keys(places.credentials / kCredential, Readers::group);
    if (!ring || !ring->keys.empty()) return ring;
  }
  if (!places.key_file.empty()) {
    auto ring = read_keys(places.key_file, Readers::group_of_root);
    if (ring && ring->keys.empty()) {
      return key_error("the key of secrets, " + places.key_file.string() + ", is not there");
    }
    return ring;
  }
  return read_keys(places.data_directory / kOwnFile, Readers::nobody_else);
}

Key random_key() {
  Key::Bytes bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("OpenSSL has no random bytes for a key");
  Key key(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

Result<void> write_keys(const std::filesystem::path& file, std::span<const Key> keys) {
  std::string text;
  for (const auto& key : keys) text += hex_of(key.bytes().data(), Key::kSize) + "\n";
  if (text.size() > kFileMax) {
    return key_error(file.string() + " is full of former keys: let it forget them");
  }
  auto written = write_file(file, text);
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

}  // namespace wharf::secret
