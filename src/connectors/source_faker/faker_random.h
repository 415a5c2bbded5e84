#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wharf::connectors::faker {

/// The chance of one row: follows from (seed, stream, id), whoever makes the row and when.
/// SplitMix64, by Sebastiano Vigna, begun at a mix of the three.
class Chance {
 public:
  Chance(std::int64_t seed, std::uint64_t stream, std::int64_t id)
      : state_(mix(mix(static_cast<std::uint64_t>(seed) + kStep * stream) +
                   kStep * static_cast<std::uint64_t>(id))) {}

  std::uint64_t next() { return mix(state_ += kStep); }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

/// 64 bits of chance, dealt out in shares. Which share a field gets never depends on which other
/// fields are wanted.
class Deal {
 public:
  explicit Deal(std::uint64_t bits) : bits_(bits) {}

  /// Below `limit`, from 16 bits: for limits far below 65,536.
  std::uint32_t below(std::uint32_t limit) {
    std::uint32_t share = static_cast<std::uint32_t>(bits_ & 0xFFFF) * limit >> 16;
    bits_ >>= 16;
    return share;
  }
  std::string_view pick(std::span<const std::string_view> words) {
    return words[below(static_cast<std::uint32_t>(words.size()))];
  }
  /// Below `limit`, from 32 bits.
  std::int64_t far_below(std::int64_t limit) {
    std::uint64_t share = (bits_ & 0xFFFFFFFF) * static_cast<std::uint64_t>(limit) >> 32;
    bits_ >>= 32;
    return static_cast<std::int64_t>(share);
  }

 private:
  std::uint64_t bits_;
};

}  // namespace wharf::connectors::faker
