#include <wharf/record/coercion.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "record/batch_frame.h"
#include "record/copy_text.h"
#include "record/wire_forms.h"

namespace wharf::record {
namespace {

using batch::ChangeHead;
using batch::Head;
using batch::Words;

/// A frame ends with the row that makes it as large: small enough to stay in a cache on its way.
constexpr std::size_t kFrameBytes = std::size_t{32} << 10;

class BatchWriter final : public WireWriter {
 public:
  BatchWriter(const protocol::StreamDescriptor& stream, std::shared_ptr<const Schema> schema)
      : schema_(std::move(schema)),
        stream_(stream.name_space.value_or("") + '\0' + stream.name),
        placed_(schema_) {
    for (const Column& column : schema_->columns()) {
      kinds_.push_back(kKindsOf[static_cast<unsigned>(column.type)] | bit_of(Kind::null));
    }
  }

  void begin_partition(std::string_view id) override { partition_ = id; }

  void append(const RecordBatch& batch, std::size_t first, std::size_t last, Buffer& out) override {
    while (first < last) {
      const Run run = run_from(batch, first, last);
      if (run.last == first) {
        place(batch, first++);
        append_frame(placed_, 0, run_from(placed_, 0, 1), out);
      } else {
        append_frame(batch, first, run, out);
        first = run.last;
      }
    }
  }

 private:
  /// Rows that make one frame.
  struct Run {
    std::size_t last;   // one behind; where it began: a row whose values do not fit
    std::size_t texts;  // bytes of all their texts
  };

  Run run_from(const RecordBatch& batch, std::size_t first, std::size_t last) const {
    const std::size_t row_bytes = sizeof(std::int64_t) + kinds_.size() * sizeof(Value);
    Run run{first, 0};
    for (std::size_t bytes = 0; run.last < last && bytes < kFrameBytes; ++run.last) {
      std::size_t texts = 0;
      if (!measure(batch.row(run.last), texts)) break;
      run.texts += texts;
      bytes += row_bytes + texts;
    }
    return run;
  }

  /// False: a value is of another kind than its column.
  bool measure(std::span<const Value> row, std::size_t& texts) const {
    const unsigned* kinds = kinds_.data();
    unsigned misfits = 0;
    for (const Value& value : row) {
      misfits |= ~(*kinds++ >> static_cast<unsigned>(value.kind()));
      if (value.is_text()) texts += value.as_text().size();
    }
    return (misfits & 1) == 0;
  }

  /// A row with values of other kinds than their columns: `placed_` holds it, made to fit.
  void place(const RecordBatch& batch, std::size_t index) {
    placed_.clear();
    placed_.append_row(batch.emitted_at(index));
    for (const RecordedChange& change : batch.changes(index)) {
      placed_.add_change(change.field, change.change, change.reason);
    }
    std::span<const Value> values = batch.row(index);
    std::span<Value> row = placed_.row(0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      row[i] = values[i];
      if (coerce(row[i], (*schema_)[i].type, placed_)) continue;
      row[i] = Value::null();
      placed_.add_change((*schema_)[i].name, Change::nulled, Reason::source_serialization);
    }
  }

  void append_frame(const RecordBatch& batch, std::size_t first, const Run& run, Buffer& out) {
    make_changes(batch, first, run.last);
    const std::size_t rows = run.last - first;
    const std::size_t values = rows * kinds_.size() * sizeof(Value);
    const std::size_t times = rows * sizeof(std::int64_t);
    const std::size_t size = sizeof(Head) + stream_.size() + partition_.size() + changes_.size() +
                             times + values + run.texts;
    auto bytes = [](std::size_t count) { return static_cast<std::uint32_t>(count); };
    const Head head{batch::kRowsMark,      bytes(size),           bytes(rows),
                    bytes(kinds_.size()),  bytes(stream_.size()), bytes(partition_.size()),
                    bytes(changes_.size())};
    char* to = out.room(size);
    std::memcpy(to, &head, sizeof head);
    to += sizeof head;
    for (std::string_view part :
         {std::string_view(stream_), std::string_view(partition_), std::string_view(changes_)}) {
      std::copy(part.begin(), part.end(), to);
      to += part.size();
    }
    for (std::size_t row = first; row < run.last; ++row) {
      const std::int64_t at = batch.emitted_at(row);
      std::memcpy(to, &at, sizeof at);
      to += sizeof at;
    }
    out.advance(write_values(batch, first, run.last, to, to + values));
  }

  /// The end of the texts.
  static char* write_values(const RecordBatch& batch, std::size_t first, std::size_t last, char* to,
                            char* const texts) {
    char* text_to = texts;
    for (std::size_t row = first; row < last; ++row) {
      for (const Value& value : batch.row(row)) {
        Words words = batch::words_of(value);
        if (value.is_text()) {
          const std::string_view text = value.as_text();
          words[1] = static_cast<std::uint64_t>(text_to - texts);
          copy_text(text_to, text);
          text_to += text.size();
        }
        std::memcpy(to, &words, sizeof words);
        to += sizeof words;
      }
    }
    return text_to;
  }

  void make_changes(const RecordBatch& batch, std::size_t first, std::size_t last) {
    changes_.clear();
    for (const RecordedChange& change : batch.changes()) {
      if (change.row < first || change.row >= last) continue;
      const std::string_view field = std::string_view(change.field).substr(0, 0xFFFF);
      const ChangeHead head{
          static_cast<std::uint32_t>(change.row - first), static_cast<std::uint16_t>(field.size()),
          static_cast<std::uint8_t>(change.change), static_cast<std::uint8_t>(change.reason)};
      changes_.append(reinterpret_cast<const char*>(&head), sizeof head).append(field);
    }
  }

  std::shared_ptr<const Schema> schema_;
  std::vector<unsigned> kinds_;  // that stand in each column, as bits
  std::string stream_;
  std::string partition_;
  std::string changes_;  // of the frame being written
  RecordBatch placed_;
};

}  // namespace

std::unique_ptr<WireWriter> make_batch_writer(const protocol::StreamDescriptor& stream,
                                              std::shared_ptr<const Schema> schema) {
  return std::make_unique<BatchWriter>(stream, std::move(schema));
}

void append_batch_message(std::string_view json, Buffer& out) {
  Head head;
  head.mark = batch::kMessageMark;
  head.size = static_cast<std::uint32_t>(sizeof head + json.size());
  out.append({reinterpret_cast<const char*>(&head), sizeof head});
  out.append(json);
}

}  // namespace wharf::record
