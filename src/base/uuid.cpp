#include "base/uuid.h"
#include <fmt/format.h>
#include <sys/random.h>
#include <wharf/error.h>

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace wharf::base {
namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

// SHA-1 (RFC 3174): what version 5 UUIDs are made of. Nothing here relies on its secrecy.
struct Sha1 {
  std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

  void block(const std::uint8_t* bytes) {
    std::array<std::uint32_t, 80> w{};
    for (std::size_t i = 0; i < 16; ++i)
      w[i] = std::uint32_t{bytes[4 * i]} << 24 | std::uint32_t{bytes[4 * i + 1]} << 16 |
             std::uint32_t{bytes[4 * i + 2]} << 8 | std::uint32_t{bytes[4 * i + 3]};
    for (std::size_t i = 16; i < 80; ++i)
      w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i < 80; ++i) {
      std::uint32_t mix = 0;
      std::uint32_t key = 0;
      if (i < 20) {
        mix = (b & c) | (~b & d);
        key = 0x5a827999;
      } else if (i < 40) {
        mix = b ^ c ^ d;
        key = 0x6ed9eba1;
      } else if (i < 60) {
        mix = (b & c) | (b & d) | (c & d);
        key = 0x8f1bbcdc;
      } else {
        mix = b ^ c ^ d;
        key = 0xca62c1d6;
      }
      const std::uint32_t next = std::rotl(a, 5) + mix + e + key + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
  }
};

Bytes16 sha1_head(std::vector<std::uint8_t> bytes) {
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  bytes.push_back(0x80);
  while (bytes.size() % 64 != 56) bytes.push_back(0);
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::uint8_t>(bits >> shift));
  Sha1 sha;
  for (std::size_t at = 0; at < bytes.size(); at += 64) sha.block(bytes.data() + at);
  Bytes16 head{};
  for (std::size_t i = 0; i < head.size(); ++i)
    head[i] = static_cast<std::uint8_t>(sha.state[i / 4] >> (24 - 8 * (i % 4)));
  return head;
}

std::string to_text(Bytes16 bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | version << 4);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

std::uint8_t digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  WHARF_CHECK(c >= 'A' && c <= 'F');
  return static_cast<std::uint8_t>(c - 'A' + 10);
}

std::vector<std::uint8_t> bytes_of(std::string_view uuid) {
  std::string digits;
  for (char c : uuid)
    if (c != '-') digits += c;
  WHARF_CHECK(digits.size() == 32);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < 32; i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digit(digits[i]) << 4 | digit(digits[i + 1])));
  return bytes;
}

}  // namespace

std::string random_uuid() {
  Bytes16 bytes{};
  WHARF_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return to_text(bytes, 4);
}

std::string uuid_of_name(std::string_view space, std::string_view name) {
  auto bytes = bytes_of(space);
  bytes.insert(bytes.end(), name.begin(), name.end());
  return to_text(sha1_head(std::move(bytes)), 5);
}

std::string fingerprint(std::string_view text) {
  std::string digits;
  for (auto byte : sha1_head({text.begin(), text.end()})) digits += fmt::format("{:02x}", byte);
  return digits;
}

}  // namespace wharf::base
