#pragma once

#include <wharf/error.h>

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  Key& operator=(Key&& other) noexcept;

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

/// Keys, the newest first: that one seals, and each opens what it has sealed.
struct KeyRing {
  std::vector<Key> keys;
  std::filesystem::path file;  ///< where they stand; the data directory's if there are none yet

  /// The one that is called so; null: none.
  const Key* find(std::string_view id) const;
  /// Whether the file is Wharf's own, to be changed by it.
  bool is_own(const std::filesystem::path& data_directory) const;
};

/// The keys that are there: lines of 64 hexadecimal digits, or the 32 bytes of one key as they are.
/// Empty if there is none yet. Fails with environment, naming the file: the setting names one that
/// is not there, it can be read by others (root's with group read is let through), or holds no key.
Result<KeyRing> find_keys(const KeyPlaces& places);

/// A key by chance. Throws if OpenSSL has none.
Key random_key();

/// Writes a file of keys: whole or not at all, mode 0600, its directory's owner's, and there after
/// a power cut. Fails with environment.
Result<void> write_keys(const std::filesystem::path& file, std::span<const Key> keys);

}  // namespace wharf::secret
