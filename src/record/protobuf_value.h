#pragma once
// The values of a record (AirbyteValueProtobuf, data-plane 3.3).

#include <wharf/record/record_batch.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace wharf::record::protobuf {

/// What came of reading one value.
enum class Read { good, misfit, broken };

/// Reads one message. Of several members the last counts; unknown ones are skipped; one of ours in
/// another wire type is of another version of the schema and does not fit.
Read read_wire_value(const char* at, const char* end, RecordBatch& batch, Value& out);

/// The fields, as bits, whose values stand in a column of that type as they are.
std::uint16_t plain_fields(Type type);

/// Reads the values at `at` into a row, a column each, as long as they are such as most records are
/// made of: one of the column's `fields`, alone in its message. Moves `at` to the first that is
/// not, or that is cut short. Gives how many it read.
std::size_t read_plain_values(const char*& at, const char* end,
                              std::span<const std::uint16_t> fields, Value* row);

}  // namespace wharf::record::protobuf
