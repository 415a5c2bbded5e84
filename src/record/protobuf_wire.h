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

/// The groups of seven bits in eight bytes, moved together. The high bit of each byte is ignored.
constexpr std::uint64_t gather_sevens(std::uint64_t word) {
  word = (word & 0x007F007F007F007F) | (word & 0x7F007F007F007F00) >> 1;
  word = (word & 0x00003FFF00003FFF) | (word & 0x3FFF00003FFF0000) >> 2;
  return (word & 0x000000000FFFFFFF) | (word & 0x0FFFFFFF00000000) >> 4;
}

/// In eight bytes of a varint: set in all but its last.
inline constexpr std::uint64_t kGoesOn = 0x8080808080808080;

/// Of up to eight bytes all at once.
inline bool read_long_varint(const char*& at, const char* end, std::uint64_t& out) {
  if (end - at < 8) return read_varint_bytewise(at, end, out);
  std::uint64_t word = 0;
  std::memcpy(&word, at, 8);
  const std::uint64_t lasts = ~word & kGoesOn;
  if (lasts == 0) return read_varint_bytewise(at, end, out);
  const auto last = static_cast<unsigned>(__builtin_ctzll(lasts));  // the high bit of the last byte
  out = gather_sevens(word & ~std::uint64_t{0} >> (63 - last));
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
  return read_long_varint(at, end, out);
}

/// A varint that most often has two bytes, as the length of a record.
[[gnu::always_inline]] inline bool read_length(const char*& at, const char* end,
                                               std::uint64_t& out) {
  if (end - at >= 2 && at[0] < 0 && at[1] >= 0) {
    out = static_cast<std::uint64_t>(at[1]) << 7 | (static_cast<unsigned char>(at[0]) & 0x7F);
    at += 2;
    return true;
  }
  return read_varint(at, end, out);
}

/// Reads a varint that has all of [at, end), at least a byte; false if it ends elsewhere. Bytes
/// from `front` on can be read: the eight before `end` are enough.
[[gnu::always_inline]] inline bool read_whole_varint(const char* front, const char* at,
                                                     const char* end, std::uint64_t& out) {
  const auto size = static_cast<std::size_t>(end - at);
  if (size == 1) {
    out = static_cast<unsigned char>(*at);
    return *at >= 0;
  }
  if (size > 8 || end - front < 8) return read_varint(at, end, out) && at == end;
  std::uint64_t word = 0;
  std::memcpy(&word, end - 8, 8);
  word >>= 64 - 8 * size;
  out = gather_sevens(word);
  return (word & kGoesOn) == kGoesOn >> (72 - 8 * size);
}

}  // namespace wharf::record::protobuf
