#pragma once
// The varints of Protocol Buffers, and the tags of the record schema (data-plane 3.3).

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wharf::record::protobuf {

/// A field's tag where it is one byte: all of ours are.
enum Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
constexpr char tag(unsigned field, Wire wire) {
  return static_cast<char>(field << 3 | wire);
}

// AirbyteMessageProtobuf
inline constexpr char kRecord = tag(1, kBytes);
inline constexpr char kProtocolMessage = tag(2, kBytes);
// AirbyteRecordMessageProtobuf
inline constexpr char kNamespace = tag(1, kBytes);
inline constexpr char kStream = tag(2, kBytes);
inline constexpr char kEmittedAt = tag(3, kVarint);
inline constexpr char kPartition = tag(4, kBytes);
inline constexpr char kData = tag(5, kBytes);
inline constexpr char kRecordMeta = tag(6, kBytes);
// AirbyteValueProtobuf
inline constexpr char kBoolean = tag(1, kVarint);
inline constexpr char kString = tag(2, kBytes);
inline constexpr char kInteger = tag(3, kVarint);
inline constexpr char kBigInteger = tag(4, kBytes);
inline constexpr char kNumber = tag(5, kFixed64);
inline constexpr char kBigDecimal = tag(6, kBytes);
inline constexpr char kDate = tag(7, kVarint);
inline constexpr char kTimeTz = tag(8, kBytes);
inline constexpr char kTime = tag(9, kVarint);
inline constexpr char kTimestampTz = tag(10, kBytes);
inline constexpr char kTimestamp = tag(11, kBytes);
inline constexpr char kJson = tag(12, kBytes);
inline constexpr char kIsNull = tag(13, kVarint);

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
}

inline constexpr std::size_t kVarintMost = 10;

inline char* write_varint(char* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<char>(value);
  return to;
}

constexpr unsigned varint_size(std::uint64_t value) {
  unsigned size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

inline bool read_varint_bytewise(const char*& at, const char* end, std::uint64_t& out) {
  std::uint64_t value = 0;
  const char* from = at;
  for (unsigned shift = 0; shift < 70 && from != end; shift += 7) {
    auto byte = static_cast<unsigned char>(*from++);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      at = from;
      out = value;
      return true;
    }
  }
  return false;
}

/// Of up to eight bytes all at once: their groups of seven bits move together.
inline bool read_long_varint(const char*& at, const char* end, std::uint64_t& out) {
  if (end - at < 8) return read_varint_bytewise(at, end, out);
  std::uint64_t word = 0;
  std::memcpy(&word, at, 8);
  const std::uint64_t lasts = ~word & 0x8080808080808080;
  if (lasts == 0) return read_varint_bytewise(at, end, out);
  const auto last = static_cast<unsigned>(__builtin_ctzll(lasts));  // the high bit of the last byte
  word &= ~std::uint64_t{0} >> (63 - last);
  word = (word & 0x007F007F007F007F) | (word & 0x7F007F007F007F00) >> 1;
  word = (word & 0x00003FFF00003FFF) | (word & 0x3FFF00003FFF0000) >> 2;
  out = (word & 0x000000000FFFFFFF) | (word & 0x0FFFFFFF00000000) >> 4;
  at += last / 8 + 1;
  return true;
}

/// Moves `at` behind the varint; false, and `at` stays, if it is cut short or over ten bytes.
[[gnu::always_inline]] inline bool read_varint(const char*& at, const char* end,
                                               std::uint64_t& out) {
  if (at != end && static_cast<signed char>(*at) >= 0) {
    out = static_cast<unsigned char>(*at++);
    return true;
  }
  // What the call refers to is not what the caller holds, which can so stay in registers.
  const char* behind = at;
  std::uint64_t value = 0;
  if (!read_long_varint(behind, end, value)) return false;
  at = behind;
  out = value;
  return true;
}

/// A varint that often has two bytes, as the length of a record.
[[gnu::always_inline]] inline bool read_length(const char*& at, const char* end,
                                               std::uint64_t& out) {
  if (end - at >= 2 && at[0] < 0 && at[1] >= 0) {
    out = static_cast<std::uint64_t>(at[1]) << 7 | (static_cast<unsigned char>(at[0]) & 0x7F);
    at += 2;
    return true;
  }
  return read_varint(at, end, out);
}

/// Reads a varint that has all of [at, end), at least a byte; false if it ends elsewhere.
[[gnu::always_inline]] inline bool read_whole_varint(const char* at, const char* end,
                                                     std::uint64_t& out) {
  const char* byte = end - 1;
  if (*byte < 0 || static_cast<std::size_t>(end - at) > kVarintMost) return false;
  auto value = static_cast<std::uint64_t>(*byte);
  while (byte != at) {
    --byte;
    if (*byte >= 0) return false;
    value = value << 7 | (static_cast<unsigned char>(*byte) & 0x7F);
  }
  out = value;
  return true;
}

}  // namespace wharf::record::protobuf
