#pragma once
// What stands around the values of a record: message, stream, partition.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "record/protobuf_fields.h"

namespace wharf::record::protobuf {

/// Fields 1 to 4 of a record.
struct Header {
  std::string_view name_space;
  std::string_view name;
  std::int64_t emitted_at = 0;
  std::string_view partition;
  std::size_t size = 0;  ///< bytes of the run of these fields in front
  bool in_front = true;  ///< whether all of them stand there
};

inline bool read_header(std::string_view record, Header& out) {
  const char* at = record.data();
  const char* end = at + record.size();
  bool in_run = true;
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field) || field >> 3 == 0) return false;
    bool header = field >> 3 <= 4;
    if (header && !in_run) out.in_front = false;
    if (!header) in_run = false;
    bool read = false;
    std::uint64_t raw = 0;
    switch (static_cast<char>(field < 128 ? field : 0)) {
      case kNamespace:
        read = read_bytes(at, end, out.name_space);
        break;
      case kStream:
        read = read_bytes(at, end, out.name);
        break;
      case kPartition:
        read = read_bytes(at, end, out.partition);
        break;
      case kEmittedAt:
        read = read_varint(at, end, raw);
        out.emitted_at = static_cast<std::int64_t>(raw);
        break;
      default:
        read = skip_field(at, end, field);
    }
    if (!read) return false;
    if (in_run) out.size = static_cast<std::size_t>(at - record.data());
  }
  return true;
}

/// The header that records in a row have in common, byte by byte.
class KnownHeader {
 public:
  /// Whether `record` begins with it.
  bool matches(std::string_view record) const {
    return !bytes_.empty() && record.size() >= bytes_.size() &&
           std::memcmp(record.data(), bytes_.data(), bytes_.size()) == 0;
  }
  void learn(std::string_view record, const Header& header, std::uint32_t stream) {
    bytes_.clear();
    if (header.in_front) bytes_.assign(record.substr(0, header.size));
    emitted_at_ = header.emitted_at;
    stream_ = stream;
    partition_at_ = header.partition.empty() ? 0 : header.partition.data() - record.data();
    partition_size_ = header.partition.size();
  }
  std::size_t size() const { return bytes_.size(); }
  std::int64_t emitted_at() const { return emitted_at_; }
  std::uint32_t stream() const { return stream_; }
  /// In a record that matches.
  std::string_view partition(std::string_view record) const {
    return {record.data() + partition_at_, partition_size_};
  }

 private:
  std::string bytes_;
  std::int64_t emitted_at_ = 0;
  std::uint32_t stream_ = 0;
  std::ptrdiff_t partition_at_ = 0;
  std::size_t partition_size_ = 0;
};

/// A message of the channel without its length.
struct Message {
  enum class Kind { record, protocol, nothing, broken };
  Kind kind = Kind::nothing;
  std::string_view body;
};

/// A message that is a record and nothing else, as nearly all are.
[[gnu::always_inline]] inline bool is_record_alone(const char* at, const char* end,
                                                   std::string_view& record) {
  std::uint64_t size = 0;
  if (at == end || *at++ != kRecord || !read_length(at, end, size)) return false;
  record = {at, static_cast<std::size_t>(end - at)};
  return size == record.size();
}

inline Message open_message(const char* at, const char* end) {
  Message message;
  while (at != end) {
    std::uint64_t field = 0;
    if (!read_varint(at, end, field) || field >> 3 == 0) return {Message::Kind::broken, {}};
    std::string_view bytes;
    bool ours = field == static_cast<unsigned char>(kRecord) ||
                field == static_cast<unsigned char>(kProtocolMessage);
    if (ours ? !read_bytes(at, end, bytes) : !skip_field(at, end, field)) {
      return {Message::Kind::broken, {}};
    }
    if (ours) {
      bool record = field == static_cast<unsigned char>(kRecord);
      message = {record ? Message::Kind::record : Message::Kind::protocol, bytes};
    }
  }
  return message;
}

}  // namespace wharf::record::protobuf
