#pragma once

#include <wharf/connector/destination.h>
#include <wharf/record/wire.h>

#include <memory>
#include <string_view>
#include <vector>

#include "connector/waiting_rows.h"

namespace wharf::connector {

/// Thrown as Failure, with the stream it happened in.
struct StreamFailure : Failure {
  StreamFailure(Error error, protocol::StreamDescriptor of)
      : Failure(std::move(error)), stream(std::move(of)) {}
  protocol::StreamDescriptor stream;
};

/// Decodes frames and appends them to the writer, some hundred rows at a time. One thread.
class RowAppender {
 public:
  /// Borrows both for its life.
  RowAppender(const std::vector<WriteStream>& streams, Writer& writer)
      : streams_(streams), writer_(writer), batches_(streams.size()) {}

  /// A frame of records. Its bytes must stand until the stream is flushed.
  void add(std::size_t stream, std::string_view frame, record::WireReader& reader);
  /// All rows that waited, behind what was added before.
  void add_waiting(std::size_t stream, WaitingRows& rows, WaitingRoom& room,
                   record::WireReader& reader);
  void flush(std::size_t stream);
  void flush_all();

 private:
  const std::vector<WriteStream>& streams_;
  Writer& writer_;
  std::vector<std::unique_ptr<record::RecordBatch>> batches_;  // made when first used
  std::vector<std::size_t> filled_;                            // streams whose batch may hold rows
  std::size_t held_ = 0;                                       // batches that exist
};

}  // namespace wharf::connector
