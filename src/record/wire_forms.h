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

/// Whether a value of `kind` stands in a column of `type` as it is (an object or array must also
/// begin as one).
inline bool fits(Kind kind, Type type) {
  constexpr auto bit = [](Kind k) { return 1U << static_cast<unsigned>(k); };
  constexpr unsigned kWhole = bit(Kind::integer) | bit(Kind::big_integer);
  constexpr unsigned kFits[] = {
      bit(Kind::boolean),                                   // boolean
      bit(Kind::string),                                    // string
      kWhole,                                               // integer
      kWhole | bit(Kind::number) | bit(Kind::big_decimal),  // number
      bit(Kind::date),
      bit(Kind::time_tz),  // date, time_tz
      bit(Kind::time),
      bit(Kind::timestamp_tz),  // time, timestamp_tz
      bit(Kind::timestamp),     // timestamp
      bit(Kind::json),
      bit(Kind::json),
      bit(Kind::json)  // object, array, any
  };
  return ((kFits[static_cast<unsigned>(type)] | bit(Kind::null)) >> static_cast<unsigned>(kind)) &
         1;
}

/// Carried JSON as one line without space around it; copied only if it has line ends. False: it is
/// no JSON.
bool tidy_json(std::string_view text, RecordBatch& batch, Value& out);

}  // namespace wharf::record
