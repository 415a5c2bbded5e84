#include "connector/row_appender.h"

#include <fmt/format.h>

namespace wharf::connector {

namespace {
constexpr std::size_t kRows = 512;    // stay in the cache between decoding and storing
constexpr std::size_t kMostHeld = 8;  // batches keep their memory: not one for each of many streams
}  // namespace

void RowAppender::add(std::size_t stream, std::string_view frame, record::WireReader& reader) {
  auto& batch = batches_[stream];
  if (!batch) {
    batch = std::make_unique<record::RecordBatch>(streams_[stream].schema);
    ++held_;
  }
  if (batch->empty()) filled_.push_back(stream);
  if (auto decoded = reader.decode(frame, *batch); !decoded) {
    const auto& descriptor = streams_[stream].stream.stream.descriptor;
    throw StreamFailure(std::move(decoded).error().during(
                            fmt::format("reading a record of {}", to_string(descriptor))),
                        descriptor);
  }
  if (batch->size() >= kRows) flush(stream);
}

void RowAppender::add_waiting(std::size_t stream, WaitingRows& rows, WaitingRoom& room,
                              record::WireReader& reader) {
  flush(stream);
  while (!rows.empty()) {
    FrameBlock block = rows.take_block(room);
    block.for_each([&](std::string_view frame) { add(stream, frame, reader); });
    flush(stream);  // its texts lie in the block
  }
}

void RowAppender::flush(std::size_t stream) {
  auto& batch = batches_[stream];
  if (!batch || batch->empty()) return;
  writer_.append(stream, *batch);
  batch->clear();
}

void RowAppender::flush_all() {
  for (std::size_t stream : filled_) flush(stream);
  if (held_ > kMostHeld) {
    for (std::size_t stream : filled_) {
      if (batches_[stream]) --held_;
      batches_[stream].reset();
    }
  }
  filled_.clear();
}

}  // namespace wharf::connector
