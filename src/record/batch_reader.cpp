#include <cstring>
#include <utility>

#include "record/batch_frame.h"
#include "record/time_form.h"
#include "record/wire_forms.h"

namespace wharf::record {
namespace {

using batch::ChangeHead;
using batch::Head;
using batch::Words;

/// The parts of a frame of rows.
struct Frame {
  std::uint32_t rows = 0;
  std::uint32_t width = 0;
  std::string_view stream;
  std::string_view partition;
  std::string_view changes;
  std::string_view times;
  std::string_view values;
  std::string_view texts;
};

/// False: its parts are larger than it is.
bool open_frame(std::string_view bytes, const Head& head, Frame& out) {
  out.rows = head.rows;
  out.width = head.width;
  std::size_t at = sizeof head;
  auto take = [&](std::size_t size) {
    if (size > bytes.size() - at) {
      at = bytes.size() + 1;  // nothing more can be taken
      return std::string_view();
    }
    auto part = bytes.substr(at, size);
    at += size;
    return part;
  };
  const std::size_t rows = head.rows;
  for (auto [part, size] : {std::pair(&out.stream, std::size_t{head.stream}),
                            std::pair(&out.partition, std::size_t{head.partition}),
                            std::pair(&out.changes, std::size_t{head.changes}),
                            std::pair(&out.times, rows * sizeof(std::int64_t)),
                            std::pair(&out.values, rows * head.width * sizeof(Value))}) {
    *part = take(size);
    if (at > bytes.size()) return false;
  }
  out.texts = bytes.substr(at);
  return true;
}

Error no_rows(const char* what) {
  return Error{ErrorCode::protocol_violation, std::string("a BATCH frame ") + what};
}

class BatchReader final : public WireReader {
 public:
  BatchReader(std::vector<ReadStream> streams, std::size_t limit)
      : streams_(std::move(streams)), index_(streams_), limit_(limit) {}

  WireItem next(std::string_view bytes) override {
    Head head;
    if (bytes.size() < sizeof head) return {};
    std::memcpy(&head, bytes.data(), sizeof head);
    const bool rows = head.mark == batch::kRowsMark;
    if (!rows && head.mark != batch::kMessageMark) {
      return said(WireItem::Kind::broken, bytes.size(),
                  "a BATCH frame begins with another mark: both sides must be of the same build");
    }
    if (head.size > limit_ || head.size < sizeof head) {
      return said(WireItem::Kind::broken, bytes.size(),
                  "a BATCH frame of " + std::to_string(head.size) + " bytes is over the limit of " +
                      std::to_string(limit_));
    }
    if (head.size > bytes.size()) return {};
    if (rows) return rows_item(bytes.substr(0, head.size), head);
    WireItem item;
    item.kind = WireItem::Kind::message;
    item.size = head.size;
    item.body = bytes.substr(sizeof head, head.size - sizeof head);
    return item;
  }

  Result<void> decode(std::string_view bytes, RecordBatch& batch) override {
    Head head;
    Frame frame;
    if (bytes.size() < sizeof head) return no_rows("is cut short");
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.mark != batch::kRowsMark || head.size != bytes.size() ||
        !open_frame(bytes, head, frame)) {
      return no_rows("is cut short");
    }
    if (frame.width != batch.schema().size()) {
      return no_rows("has other columns than its stream: both sides must have the same catalog");
    }
    const std::size_t first = batch.size();
    const auto [values, emitted_at] = batch.append_rows(frame.rows);
    std::memcpy(emitted_at, frame.times.data(), frame.times.size());
    if (read_values(frame, batch, values) && read_changes(frame, first, batch)) {
      for (const Misfit& misfit : misfits_) {
        batch.add_change_at(first + misfit.row, batch.schema()[misfit.column].name, Change::nulled,
                            kMisfit);
      }
      return {};
    }
    while (batch.size() > first) batch.drop_last_row();
    return no_rows("has a value that cannot be read");
  }

 private:
  WireItem rows_item(std::string_view bytes, const Head& head) {
    Frame frame;
    if (head.rows == 0 || !open_frame(bytes, head, frame)) {
      return said(WireItem::Kind::broken, bytes.size(),
                  "a BATCH frame of " + std::to_string(head.size) + " bytes cannot be read");
    }
    if (frame.stream != seen_name_) {
      const std::size_t end = std::min(frame.stream.find('\0'), frame.stream.size());
      const auto name_space = frame.stream.substr(0, end);
      const auto name = frame.stream.substr(std::min(end + 1, frame.stream.size()));
      const auto stream = index_.find(name_space, name);
      if (!stream) {
        return said(WireItem::Kind::unknown_stream, bytes.size(), stream_text(name_space, name));
      }
      seen_name_ = frame.stream;
      seen_ = *stream;
    }
    WireItem item;
    item.kind = WireItem::Kind::record;
    item.size = bytes.size();
    item.stream = seen_;
    item.rows = head.rows;
    item.partition = frame.partition;
    return item;
  }

  WireItem said(WireItem::Kind kind, std::size_t size, std::string what) {
    said_ = std::move(what);
    WireItem item;
    item.kind = kind;
    item.size = size;
    item.body = said_;
    return item;
  }

  /// The values are looked at all the same: what could not be written is not let in.
  bool read_values(const Frame& frame, const RecordBatch& batch, Value* values) {
    plan_for(batch);
    misfits_.clear();
    const char* at = frame.values.data();
    for (std::uint32_t row = 0; row < frame.rows; ++row) {
      for (const Place& place : places_) {
        Words words;
        std::memcpy(&words, at, sizeof words);
        at += sizeof words;
        const auto kind = static_cast<unsigned>(words[0] & 0xFF);
        if (kind > static_cast<unsigned>(Kind::json) || (place.kinds >> kind & 1) == 0)
          return false;
        Value value = batch::value_of(words);
        bool good = true;
        if (value.is_text()) {
          const std::size_t size = words[0] >> 32;
          if (words[1] > frame.texts.size() || size > frame.texts.size() - words[1]) return false;
          const std::string_view text = frame.texts.substr(words[1], size);
          value = Value::text(static_cast<Kind>(kind), text);
          good = place.opens == 0 || (!text.empty() && text.front() == place.opens);
        } else if ((kTimes >> kind & 1) != 0) {
          good = is_in_range(value);
        }
        if (!good) {
          value = Value::null();
          misfits_.push_back({row, static_cast<std::uint32_t>(&place - places_.data())});
        }
        *values++ = value;
      }
    }
    return true;
  }

  static bool read_changes(const Frame& frame, std::size_t first, RecordBatch& batch) {
    std::string_view rest = frame.changes;
    while (!rest.empty()) {
      ChangeHead head;
      if (rest.size() < sizeof head) return false;
      std::memcpy(&head, rest.data(), sizeof head);
      rest.remove_prefix(sizeof head);
      if (head.field > rest.size() || head.row >= frame.rows ||
          head.change > static_cast<unsigned>(Change::truncated) ||
          head.reason > static_cast<unsigned>(Reason::destination_typecast)) {
        return false;
      }
      batch.add_change_at(first + head.row, rest.substr(0, head.field),
                          static_cast<Change>(head.change), static_cast<Reason>(head.reason));
      rest.remove_prefix(head.field);
    }
    return true;
  }

  /// Streams come in long runs: what their columns take is looked up once for each.
  void plan_for(const RecordBatch& batch) {
    if (planned_.get() == &batch.schema()) return;
    planned_ = batch.shared_schema();
    places_.clear();
    for (const Column& column : planned_->columns()) {
      const char opens = column.type == Type::object ? '{' : column.type == Type::array ? '[' : 0;
      places_.push_back({kKindsOf[static_cast<unsigned>(column.type)] | bit_of(Kind::null), opens});
    }
  }

  /// What a column takes.
  struct Place {
    unsigned kinds;  // as bits
    char opens;      // what its JSON begins with; 0: anything
  };
  struct Misfit {
    std::uint32_t row;
    std::uint32_t column;
  };

  static constexpr unsigned kTimes = bit_of(Kind::date) | bit_of(Kind::time_tz) |
                                     bit_of(Kind::time) | bit_of(Kind::timestamp_tz) |
                                     bit_of(Kind::timestamp);

  std::vector<ReadStream> streams_;
  StreamIndex index_;
  const std::size_t limit_;
  std::string said_;
  std::string seen_name_;
  std::uint32_t seen_ = 0;
  std::shared_ptr<const Schema> planned_;
  std::vector<Place> places_;
  std::vector<Misfit> misfits_;  // of the frame being read: their values are null
};

}  // namespace

std::unique_ptr<WireReader> make_batch_reader(std::vector<ReadStream> streams, std::size_t limit) {
  return std::make_unique<BatchReader>(std::move(streams), limit);
}

}  // namespace wharf::record
