#pragma once
// The wire forms of records: PROTOBUF and JSON lines (data-plane 3), and between two connectors of
// this very binary BATCH. One writer and one reader each, used on sockets, on stdin and stdout
// (JSON lines only), and by the pump's exact lane.

#include <wharf/error.h>
#include <wharf/protocol/catalog.h>
#include <wharf/record/buffer.h>
#include <wharf/record/record_batch.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace wharf::record {

enum class WireForm : std::uint8_t {
  protobuf,
  jsonl,
  batch,  ///< rows as they lie in memory, many to a frame: for two ends of the same build
};
std::string_view name_of(WireForm form);  ///< "PROTOBUF", "JSONL", "BATCH"
std::optional<WireForm> find_wire_form(std::string_view name);

/// Writes the records of one stream. One thread.
class WireWriter {
 public:
  virtual ~WireWriter() = default;
  /// Records from here on belong to this partition; empty: none is written (JSON lines on stdio).
  virtual void begin_partition(std::string_view id) = 0;
  /// Appends the rows [first, last) of `batch`, framed. Fails nowhere: what does not fit its column
  /// is null with a recorded change.
  virtual void append(const RecordBatch& batch, std::size_t first, std::size_t last,
                      Buffer& out) = 0;
};
std::unique_ptr<WireWriter> make_wire_writer(WireForm form,
                                             const protocol::StreamDescriptor& stream,
                                             std::shared_ptr<const Schema> schema);
/// Any other message, framed: `json` is its line without the line end.
void append_message(WireForm form, std::string_view json, Buffer& out);

/// What stands at the front of a channel's bytes.
struct WireItem {
  enum class Kind : std::uint8_t {
    incomplete,      ///< nothing whole yet: read more
    record,          ///< one row, or (BATCH) several of one stream and partition
    message,         ///< any other message: `body` is its JSON text
    skip,            ///< a probe, an empty line, a statistics-only record
    unknown_stream,  ///< a record of a stream that was not asked for: `body` says which
    broken,          ///< `body` says what is wrong, never the content
  };
  Kind kind = Kind::incomplete;
  std::size_t size = 0;        ///< bytes it takes, frame included
  std::uint32_t stream = 0;    ///< record: index into the reader's streams
  std::uint32_t rows = 1;      ///< record: how many the frame holds
  std::string_view partition;  ///< record: empty if it names none; valid until the next call
  std::string_view body;       ///< valid as long as the bytes given
};

struct ReadStream {
  protocol::StreamDescriptor descriptor;
  std::shared_ptr<const Schema> schema;
};

/// Reads one channel. One thread. Holds no bytes: the caller keeps them.
class WireReader {
 public:
  virtual ~WireReader() = default;
  /// Looks at the front of `bytes`. `limit`: the longest record in bytes (broken beyond). After
  /// `incomplete` the next call's bytes begin with the same ones.
  virtual WireItem next(std::string_view bytes) = 0;
  /// Decodes a record's frame (the `size` bytes that `next` spoke of; also later, from a copy) as
  /// rows of `batch`, whose schema is the stream's. Values are typed as the schema says; what does
  /// not fit is null with a recorded change. Texts are views of `frame` or stand in the batch's
  /// arena. Fails (protocol_violation) on bytes that are no record, and when a record has fields of
  /// which the schema knows none (F-10).
  virtual Result<void> decode(std::string_view frame, RecordBatch& batch) = 0;
};
std::unique_ptr<WireReader> make_wire_reader(WireForm form, std::vector<ReadStream> streams,
                                             std::size_t limit = std::size_t{64} << 20);

}  // namespace wharf::record
