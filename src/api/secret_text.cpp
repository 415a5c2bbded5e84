#include "api/secret_text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace wharf::api {

SecretHash hash_of(std::string_view secret) {
  SecretHash hash{};
  if (EVP_Digest(secret.data(), secret.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  return hash;
}

bool same_hash(const SecretHash& left, const SecretHash& right) {
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string random_secret(std::size_t count) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // Bytes beyond the last whole multiple would make the first letters likelier.
  constexpr unsigned kFair = 256 / kLetters.size() * kLetters.size();
  std::string secret;
  while (secret.size() < count) {
    std::array<unsigned char, 64> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
      throw std::runtime_error("OpenSSL has no random bytes");
    for (const unsigned byte : bytes)
      if (byte < kFair && secret.size() < count) secret += kLetters[byte % kLetters.size()];
  }
  return secret;
}

}  // namespace wharf::api
