#pragma once
// The fields of a Protocol Buffers message, one after the other.

#include <cstdint>
#include <string_view>

#include "record/protobuf_wire.h"

namespace wharf::record::protobuf {

/// Moves `at` behind a length and as many bytes, which are `out`; false if they are cut short.
[[gnu::always_inline]] inline bool read_bytes(const char*& at, const char* end,
                                              std::string_view& out) {
  std::uint64_t size = 0;
  if (!read_varint(at, end, size) || size > static_cast<std::size_t>(end - at)) return false;
  out = {at, static_cast<std::size_t>(size)};
  at += size;
  return true;
}

/// Moves `at` behind the content of a field whose tag has been read.
inline bool skip_field(const char*& at, const char* end, std::uint64_t tag) {
  std::uint64_t ignored = 0;
  std::string_view bytes;
  std::size_t fixed = 0;
  switch (tag & 7) {
    case kVarint:
      return read_varint(at, end, ignored);
    case kBytes:
      return read_bytes(at, end, bytes);
    case kFixed64:
      fixed = 8;
      break;
    case kFixed32:
      fixed = 4;
      break;
    default:
      return false;  // groups: no version of the schema had any
  }
  if (static_cast<std::size_t>(end - at) < fixed) return false;
  at += fixed;
  return true;
}

}  // namespace wharf::record::protobuf
