#pragma once
// The frames of the BATCH form: rows as RecordBatch holds them, for two ends of the same build on
// one machine, so that neither encodes nor decodes a value. Numbers stand in the machine's byte
// order.
//
//   head · stream (namespace, NUL, name) · partition · changes · times · values · texts
//
// times: rows × 8 bytes. values: rows × width × 16 bytes, row by row; a text's address is replaced
// by its offset in `texts`, which end the frame. changes: each a ChangeHead and the field's name.

#include <wharf/record/value.h>

#include <array>
#include <bit>
#include <cstdint>

namespace wharf::record::batch {

/// Raised whenever the layout of frames or of Value changes: two builds then refuse each other.
inline constexpr std::uint32_t kRowsMark = 0x01'52'57'57;     // "WWR", version 1
inline constexpr std::uint32_t kMessageMark = 0x01'4D'57'57;  // "WWM": JSON behind the head

struct Head {
  std::uint32_t mark = 0;
  std::uint32_t size = 0;  // of the frame, this head included
  std::uint32_t rows = 0;
  std::uint32_t width = 0;
  std::uint32_t stream = 0;  // bytes of each part
  std::uint32_t partition = 0;
  std::uint32_t changes = 0;
};

struct ChangeHead {
  std::uint32_t row = 0;    // of the frame
  std::uint16_t field = 0;  // bytes of its name, cut at 64 KiB
  std::uint8_t change = 0;
  std::uint8_t reason = 0;
};

/// A value as its two words: what it is, and its content or a text's place.
using Words = std::array<std::uint64_t, 2>;
inline Words words_of(const Value& value) {
  return std::bit_cast<Words>(value);
}
inline Value value_of(const Words& words) {
  return std::bit_cast<Value>(words);
}

}  // namespace wharf::record::batch
