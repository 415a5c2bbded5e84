#include <wharf/record/coercion.h>

#include <cmath>
#include <cstring>

#include "record/copy_text.h"
#include "record/digits.h"
#include "record/protobuf_wire.h"
#include "record/wire_forms.h"

namespace wharf::record {
namespace {

using namespace protobuf;

/// A value takes at most this, its text not counted.
constexpr std::size_t kValueRoom = 40;
/// Both length varints and the tag between them.
constexpr std::size_t kHeadRoom = 2 * kVarintMost + 1;

/// The bytes that a row's texts may have together before somebody counts them.
constexpr std::size_t kUncountedTexts = 1024;

char* write_bytes(char* to, char field, std::string_view bytes) {
  *to++ = field;
  to = write_varint(to, bytes.size());
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

char* write_long_text(char* to, char field, std::string_view text) {
  *to++ = kData;
  to = write_varint(to, 1 + varint_size(text.size()) + text.size());
  return write_bytes(to, field, text);
}

/// A value that is one text, for which `room` bytes are free; null if they are too few.
[[gnu::always_inline]] inline char* write_text(char* to, char field, std::string_view text,
                                               std::size_t& room) {
  if (text.size() > room) return nullptr;
  room -= text.size();
  if (text.size() >= 126) return write_long_text(to, field, text);
  to[0] = kData;
  to[1] = static_cast<char>(text.size() + 2);
  to[2] = field;
  to[3] = static_cast<char>(text.size());
  copy_text(to + 4, text);
  return to + 4 + text.size();
}

/// A value that is one varint.
inline char* write_scalar(char* to, char field, std::uint64_t value) {
  to[0] = kData;
  to[2] = field;
  char* end = write_varint(to + 3, value);
  to[1] = static_cast<char>(end - to - 2);
  return end;
}

char* write_double(char* to, double value) {
  to[0] = kData;
  to[1] = 9;
  to[2] = kNumber;
  std::memcpy(to + 3, &value, 8);
  return to + 11;
}

/// A value that is a message: `write_fields` writes what is in it.
template <class WriteFields>
char* write_message(char* to, char field, WriteFields write_fields) {
  to[0] = kData;
  to[2] = field;
  char* end = write_fields(to + 4);
  to[3] = static_cast<char>(end - to - 4);
  to[1] = static_cast<char>(end - to - 2);
  return end;
}

/// A field of such a message: left out if zero, as proto3 does.
char* write_field(char* to, unsigned field, std::uint64_t value) {
  if (value == 0) return to;
  *to++ = tag(field, kVarint);
  return write_varint(to, value);
}

/// A whole number in a column of numbers: others read field 5 and 6 there, never 3 and 4.
inline char* write_whole_number(char* to, std::int64_t value) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (value >= -kExact && value <= kExact) return write_double(to, static_cast<double>(value));
  char text[24];
  char* end = write_integer(text, value);
  return write_long_text(to, kBigDecimal, {text, static_cast<std::size_t>(end - text)});
}

constexpr std::int64_t kDay = 86'400;

char* write_timestamp(char* to, const Value& value) {
  return write_message(to, kTimestamp, [&](char* at) {
    std::int64_t days = value.second() / kDay - (value.second() % kDay < 0 ? 1 : 0);
    std::int64_t second_of_day = value.second() - days * kDay;
    at = write_field(at, 1, zigzag(days));
    return write_field(at, 2,
                       static_cast<std::uint64_t>(second_of_day) * 1'000'000'000 + value.nanos());
  });
}

/// `room`: bytes for texts; null if they are too few.
[[gnu::always_inline]] inline char* write_value(char* to, const Value& value, Type type,
                                                std::size_t& room) {
  switch (value.kind()) {
    case Kind::null:
      return write_scalar(to, kIsNull, 1);
    case Kind::boolean:
      return write_scalar(to, kBoolean, value.as_bool() ? 1 : 0);
    case Kind::string:
      return write_text(to, kString, value.as_text(), room);
    case Kind::integer:
      if (type == Type::number) return write_whole_number(to, value.as_integer());
      return write_scalar(to, kInteger, zigzag(value.as_integer()));
    case Kind::big_integer:
      return write_text(to, type == Type::number ? kBigDecimal : kBigInteger, value.as_text(),
                        room);
    case Kind::number:
      return write_double(to, value.as_number());
    case Kind::big_decimal:
      return write_text(to, kBigDecimal, value.as_text(), room);
    case Kind::date:
      return write_scalar(to, kDate, zigzag(value.days()));
    case Kind::time_tz:
      return write_message(to, kTimeTz, [&](char* at) {
        at = write_field(at, 1, static_cast<std::uint64_t>(value.nanos_of_day()));
        return write_field(at, 2, static_cast<std::uint32_t>(zigzag(value.offset_seconds())));
      });
    case Kind::time:
      return write_scalar(to, kTime, static_cast<std::uint64_t>(value.nanos_of_day()));
    case Kind::timestamp_tz:
      return write_message(to, kTimestampTz, [&](char* at) {
        at = write_field(at, 1, zigzag(value.second()));
        at = write_field(at, 2, value.nanos());
        return write_field(at, 3, static_cast<std::uint32_t>(zigzag(value.offset_seconds())));
      });
    case Kind::timestamp:
      return write_timestamp(to, value);
    case Kind::json:
      return write_text(to, kJson, value.as_text(), room);
  }
  return to;
}

std::string meta_bytes(std::span<const RecordedChange> changes) {
  std::string meta;
  for (const RecordedChange& change : changes) {
    std::string one(change.field.size() + 24, '\0');
    char* end = write_bytes(one.data(), tag(1, kBytes), change.field);
    end = write_field(end, 2, static_cast<std::uint64_t>(change.change));
    end = write_field(end, 3, static_cast<std::uint64_t>(change.reason));
    one.resize(static_cast<std::size_t>(end - one.data()));
    std::string framed(one.size() + 1 + kVarintMost, '\0');
    end = write_bytes(framed.data(), tag(1, kBytes), one);
    meta.append(framed.data(), end);
  }
  return meta;
}

class ProtobufWriter final : public WireWriter {
 public:
  ProtobufWriter(const protocol::StreamDescriptor& stream, std::shared_ptr<const Schema> schema)
      : stream_(stream), schema_(std::move(schema)), placed_(schema_) {
    for (const Column& column : schema_->columns()) {
      columns_.push_back(
          {kKindsOf[static_cast<unsigned>(column.type)] | bit_of(Kind::null), column.type});
    }
  }

  void begin_partition(std::string_view id) override {
    partition_ = id;
    make_prefix(emitted_at_);
  }

  void append(const RecordBatch& batch, std::size_t first, std::size_t last, Buffer& out) override {
    for (std::size_t row = first; row < last; ++row) {
      if (batch.emitted_at(row) != emitted_at_ || prefix_.empty()) {
        make_prefix(batch.emitted_at(row));
      }
      std::span<const RecordedChange> changes;
      if (!batch.changes().empty()) changes = batch.changes(row);
      append_row(batch.row(row), changes, out);
    }
  }

 private:
  struct WireColumn {
    unsigned kinds;  // that stand in it as they are, as bits
    Type type;
  };

  /// How writing a row's values went.
  enum class Fit {
    good,
    long_texts,  // longer than there was room for
    misfits,     // a value is of another kind than its column
  };

  /// What every record begins with: fields 1 to 4.
  void make_prefix(std::int64_t emitted_at) {
    std::size_t texts = stream_.name_space.value_or("").size() + stream_.name.size();
    prefix_.resize(texts + partition_.size() + 4 * (1 + kVarintMost));
    char* to = prefix_.data();
    if (stream_.name_space) to = write_bytes(to, kNamespace, *stream_.name_space);
    to = write_bytes(to, kStream, stream_.name);
    to = write_field(to, 3, static_cast<std::uint64_t>(emitted_at));
    if (!partition_.empty()) to = write_bytes(to, kPartition, partition_);
    prefix_.resize(static_cast<std::size_t>(to - prefix_.data()));
    emitted_at_ = emitted_at;
    room_ = 3 * kHeadRoom + prefix_.size() + columns_.size() * kValueRoom;
  }

  void append_row(std::span<const Value> values, std::span<const RecordedChange> changes,
                  Buffer& out) {
    std::string meta;
    if (!changes.empty()) meta = meta_bytes(changes);
    // Nearly all rows are short: they are not measured before they are written.
    std::size_t texts = kUncountedTexts;
    char* start = out.room(room_ + texts + meta.size());
    char* to = write_prefix(start);
    Fit fit = write_values(to, values, texts);
    if (fit == Fit::long_texts) {
      texts = size_of_texts(values);
      start = out.room(room_ + texts + meta.size());
      to = write_prefix(start);
      fit = write_values(to, values, texts);
    }
    if (fit == Fit::misfits) return append_placed(values, changes, out);
    if (!changes.empty()) to = write_bytes(to, kRecordMeta, meta);
    out.advance(write_head(start, to));
  }

  /// The lengths stand in front and are known at the end: guess that their varints are as long as
  /// the last record's.
  char* write_prefix(char* start) {
    copy_text(start + head_size_, prefix_);
    return start + head_size_ + prefix_.size();
  }

  /// Puts the lengths in front of a record that ends at `end`. The end it has then.
  char* write_head(char* start, char* end) {
    char* body = start + head_size_;
    const auto record_size = static_cast<std::size_t>(end - body);
    const std::size_t message_size = 1 + varint_size(record_size) + record_size;
    const std::size_t head_size = varint_size(message_size) + (message_size - record_size);
    if (head_size != head_size_) {
      std::memmove(start + head_size, body, record_size);
      end = start + head_size + record_size;
      head_size_ = head_size;
    }
    char* head = write_varint(start, message_size);
    *head++ = kRecord;
    write_varint(head, record_size);
    return end;
  }

  /// Moves `to` behind the values; `room`: for texts.
  Fit write_values(char*& to, std::span<const Value> values, std::size_t room) const {
    char* at = to;
    const WireColumn* column = columns_.data();
    for (const Value& value : values) {
      if ((column->kinds >> static_cast<unsigned>(value.kind()) & 1) == 0) return Fit::misfits;
      at = write_value(at, value, column->type, room);
      if (at == nullptr) return Fit::long_texts;
      ++column;
    }
    to = at;
    return Fit::good;
  }

  static std::size_t size_of_texts(std::span<const Value> values) {
    std::size_t size = 0;
    for (const Value& value : values) size += value.is_text() ? value.as_text().size() : 0;
    return size;
  }

  /// A row with values of other kinds than their columns: they are made to fit first.
  void append_placed(std::span<const Value> values, std::span<const RecordedChange> changes,
                     Buffer& out) {
    placed_.clear();
    placed_.append_row(emitted_at_);
    std::span<Value> row = placed_.row(0);
    for (const RecordedChange& change : changes) {
      placed_.add_change(change.field, change.change, change.reason);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      row[i] = values[i];
      if (!coerce(row[i], (*schema_)[i].type, placed_)) {
        placed_.add_change((*schema_)[i].name, Change::nulled, Reason::source_serialization);
      }
    }
    append_row(row, placed_.changes(0), out);
  }

  protocol::StreamDescriptor stream_;
  std::shared_ptr<const Schema> schema_;
  std::vector<WireColumn> columns_;
  std::string partition_;
  std::string prefix_;  // for emitted_at_ and partition_
  std::int64_t emitted_at_ = 0;
  std::size_t room_ = 0;  // for a record with that prefix, texts and changes not counted
  std::size_t head_size_ = 5;
  RecordBatch placed_;
};

}  // namespace

std::unique_ptr<WireWriter> make_protobuf_writer(const protocol::StreamDescriptor& stream,
                                                 std::shared_ptr<const Schema> schema) {
  return std::make_unique<ProtobufWriter>(stream, std::move(schema));
}

void append_protobuf_message(std::string_view json, Buffer& out) {
  char* to = out.room(json.size() + 2 * kHeadRoom);
  to = write_varint(to, 1 + varint_size(json.size()) + json.size());
  to = write_bytes(to, kProtocolMessage, json);
  out.advance(to);
}

}  // namespace wharf::record
