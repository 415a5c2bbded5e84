#include "secret/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

namespace wharf::secret {
namespace {

constexpr unsigned char kVersion = 1;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kHeadSize = 1 + kNonceSize;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot encrypt with AES-256-GCM");
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

int length_of(std::size_t size) {
  require(size < (std::size_t{1} << 30));
  return static_cast<int>(size);
}

}  // namespace

Sealed seal(const Key& key, std::string_view place, std::string_view text) {
  Sealed sealed(kHeadSize + text.size() + kTagSize);
  auto* const out = reinterpret_cast<unsigned char*>(sealed.data());
  out[0] = kVersion;
  require(RAND_bytes(out + 1, kNonceSize) == 1);
  const Context context(EVP_CIPHER_CTX_new());
  require(context != nullptr);
  int length = 0;
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes().data(),
                             out + 1) == 1);
  require(EVP_EncryptUpdate(context.get(), nullptr, &length, out, 1) == 1);
  require(EVP_EncryptUpdate(context.get(), nullptr, &length, bytes_of(place),
                            length_of(place.size())) == 1);
  require(EVP_EncryptUpdate(context.get(), out + kHeadSize, &length, bytes_of(text),
                            length_of(text.size())) == 1);
  require(EVP_EncryptFinal_ex(context.get(), out + kHeadSize + length, &length) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize,
                              out + kHeadSize + text.size()) == 1);
  return sealed;
}

std::optional<std::string> open(const Key& key, std::string_view place,
                                std::span<const std::byte> sealed) {
  if (sealed.size() < kHeadSize + kTagSize) return std::nullopt;
  const auto* const in = reinterpret_cast<const unsigned char*>(sealed.data());
  if (in[0] != kVersion) return std::nullopt;
  const std::size_t size = sealed.size() - kHeadSize - kTagSize;
  std::string text(size, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(text.data());
  std::array<unsigned char, kTagSize> tag{};
  std::copy_n(in + kHeadSize + size, kTagSize, tag.begin());
  const Context context(EVP_CIPHER_CTX_new());
  require(context != nullptr);
  int length = 0;
  require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes().data(),
                             in + 1) == 1);
  require(EVP_DecryptUpdate(context.get(), nullptr, &length, in, 1) == 1);
  require(EVP_DecryptUpdate(context.get(), nullptr, &length, bytes_of(place),
                            length_of(place.size())) == 1);
  require(EVP_DecryptUpdate(context.get(), out, &length, in + kHeadSize, length_of(size)) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), out + length, &length) != 1) return std::nullopt;
  return text;
}

}  // namespace wharf::secret
