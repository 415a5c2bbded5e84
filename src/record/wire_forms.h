#pragma once
// The makers behind make_wire_writer and make_wire_reader, and what both forms share.

#include <wharf/record/wire.h>

#include <optional>
#include <string>
#include <unordered_map>

namespace wharf::record {

std::unique_ptr<WireWriter> make_protobuf_writer(const protocol::StreamDescriptor& stream,
                                                 std::shared_ptr<const Schema> schema);
std::unique_ptr<WireReader> make_protobuf_reader(std::vector<ReadStream> streams,
                                                 std::size_t limit);
std::unique_ptr<WireWriter> make_json_writer(const protocol::StreamDescriptor& stream,
                                             std::shared_ptr<const Schema> schema);
std::unique_ptr<WireReader> make_json_reader(std::vector<ReadStream> streams, std::size_t limit);
std::unique_ptr<WireWriter> make_batch_writer(const protocol::StreamDescriptor& stream,
                                              std::shared_ptr<const Schema> schema);
std::unique_ptr<WireReader> make_batch_reader(std::vector<ReadStream> streams, std::size_t limit);

/// Any other message than a record, framed as each form does.
void append_protobuf_message(std::string_view json, Buffer& out);
void append_batch_message(std::string_view json, Buffer& out);

/// The streams of a reader by namespace and name. A null namespace and an empty one are the same.
class StreamIndex {
 public:
  explicit StreamIndex(const std::vector<ReadStream>& streams);
  std::optional<std::uint32_t> find(std::string_view name_space, std::string_view name);

 private:
  std::unordered_map<std::string, std::uint32_t> by_name_;
  std::string wanted_;
};

/// `public.orders`, for messages.
std::string stream_text(std::string_view name_space, std::string_view name);

/// The reason recorded for a value that a reader cannot place in its column.
inline constexpr Reason kMisfit = Reason::destination_serialization;

constexpr unsigned bit_of(Kind kind) {
  return 1U << static_cast<unsigned>(kind);
}

/// The kinds that stand in a column of each type, as bits.
inline constexpr unsigned kKindsOf[] = {
    bit_of(Kind::boolean),                                                      // boolean
    bit_of(Kind::string),                                                       // string
    bit_of(Kind::integer) | bit_of(Kind::big_integer),                          // integer
    bit_of(Kind::integer) | bit_of(Kind::big_integer) | bit_of(Kind::number) |  // number
        bit_of(Kind::big_decimal),                                              //
    bit_of(Kind::date),                                                         // date
    bit_of(Kind::time_tz),                                                      // time_tz
    bit_of(Kind::time),                                                         // time
    bit_of(Kind::timestamp_tz),                                                 // timestamp_tz
    bit_of(Kind::timestamp),                                                    // timestamp
    bit_of(Kind::json),                                                         // object
    bit_of(Kind::json),                                                         // array
    bit_of(Kind::json),                                                         // any
};
static_assert(sizeof kKindsOf / sizeof *kKindsOf == static_cast<unsigned>(Type::any) + 1);

/// Whether a value of `kind` stands in a column of `type` as it is (an object or array must also
/// begin as one).
inline bool fits(Kind kind, Type type) {
  unsigned kinds = kKindsOf[static_cast<unsigned>(type)] | bit_of(Kind::null);
  return (kinds & bit_of(kind)) != 0;
}

/// Carried JSON as one line without space around it; copied only if it has line ends. False: it is
/// no JSON.
bool tidy_json(std::string_view text, RecordBatch& batch, Value& out);

}  // namespace wharf::record
