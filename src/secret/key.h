#pragma once

#include <wharf/error.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>

namespace wharf::secret {

/// What secrets at rest are sealed with: 256 bits. Wiped at its end; never copied.
class Key {
 public:
  static constexpr std::size_t kSize = 32;
  using Bytes = std::array<unsigned char, kSize>;

  explicit Key(const Bytes& bytes);
  ~Key();
  Key(Key&& other) noexcept;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  Key& operator=(Key&&) = delete;

  const Bytes& bytes() const { return bytes_; }
  /// Tells keys apart and says nothing of them: 16 hexadecimal digits, kept beside what it sealed.
  const std::string& id() const { return id_; }

 private:
  Bytes bytes_;
  std::string id_;
};

/// Where a key may lie, the first one that is named and there counts.
struct KeyPlaces {
  std::filesystem::path credentials;     ///< `$CREDENTIALS_DIRECTORY` of systemd; may be empty
  std::filesystem::path key_file;        ///< the setting's; may be empty
  std::filesystem::path data_directory;  ///< its `secret.key`
};

/// The key that is there: 64 hexadecimal digits, or 32 bytes as they are. None if there is none
/// yet. Fails with environment, naming the file: the setting names one that is not there, it can be
/// read by others (root's with group read is let through), or holds no key.
Result<std::optional<Key>> find_key(const KeyPlaces& places);

/// A key by chance, written to `<data-dir>/secret.key`, mode 0600. Fails with environment.
Result<Key> make_key(const std::filesystem::path& data_directory);

}  // namespace wharf::secret
