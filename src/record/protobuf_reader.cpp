#include <wharf/record/coercion.h>

#include <utility>

#include "record/protobuf_fields.h"
#include "record/protobuf_header.h"
#include "record/protobuf_value.h"
#include "record/wire_forms.h"

namespace wharf::record {
namespace {

using namespace protobuf;

Error no_record(const char* what) {
  return Error{ErrorCode::protocol_violation, std::string("a PROTOBUF record ") + what};
}

Error too_wide(std::size_t width) {
  return Error{ErrorCode::protocol_violation,
               "a PROTOBUF record has more values than its stream's schema has columns (" +
                   std::to_string(width) + "): both sides must have the same catalog"};
}

class ProtobufReader final : public WireReader {
 public:
  ProtobufReader(std::vector<ReadStream> streams, std::size_t limit)
      : streams_(std::move(streams)), index_(streams_), limit_(limit) {}

  WireItem next(std::string_view bytes) override {
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    std::uint64_t size = 0;
    if (!read_length(at, end, size)) {
      if (bytes.size() < kVarintMost) return {};
      return broken(bytes.size(), "a PROTOBUF message begins with no length");
    }
    if (size > limit_) {
      return broken(bytes.size(), "a PROTOBUF message of " + std::to_string(size) +
                                      " bytes is over the limit of " + std::to_string(limit_));
    }
    if (size > static_cast<std::size_t>(end - at)) return {};
    const std::size_t whole = static_cast<std::size_t>(at - bytes.data()) + size;
    std::string_view record;
    if (is_record_alone(at, at + size, record)) {
      return seen_.matches(record) ? known_record(record, whole) : record_item(record, whole);
    }
    const Message message = open_message(at, at + size);
    WireItem item;
    item.size = whole;
    switch (message.kind) {
      case Message::Kind::record:
        return record_item(message.body, whole);
      case Message::Kind::protocol:
        item.kind = WireItem::Kind::message;
        item.body = message.body;
        return item;
      case Message::Kind::nothing:
        item.kind = WireItem::Kind::skip;
        return item;
      case Message::Kind::broken:
        break;
    }
    return broken(whole, "a PROTOBUF message of " + std::to_string(size) + " bytes cannot be read");
  }

  Result<void> decode(std::string_view frame, RecordBatch& batch) override {
    const char* at = frame.data();
    const char* end = at + frame.size();
    std::uint64_t size = 0;
    if (!read_length(at, end, size) || size != static_cast<std::size_t>(end - at)) {
      return no_record("is cut short");
    }
    std::string_view record;
    if (!is_record_alone(at, end, record)) {
      const Message message = open_message(at, end);
      if (message.kind != Message::Kind::record) return no_record("was expected");
      record = message.body;
    }
    if (!decoded_.matches(record)) {
      Header header;
      if (!read_header(record, header)) return no_record("cannot be read");
      decoded_.learn(record, header, 0);
    }
    return decode_row(record, batch);
  }

 private:
  /// `size`: of the frame.
  WireItem record_item(std::string_view record, std::size_t size) {
    if (!seen_.matches(record)) {
      Header header;
      if (!read_header(record, header)) {
        return broken(size, "a PROTOBUF record of " + std::to_string(record.size()) +
                                " bytes cannot be read");
      }
      auto stream = index_.find(header.name_space, header.name);
      if (!stream) return unknown_stream(size, stream_text(header.name_space, header.name));
      seen_.learn(record, header, *stream);
    }
    return known_record(record, size);
  }

  /// Of a record that matches.
  WireItem known_record(std::string_view record, std::size_t size) const {
    WireItem item;
    item.kind = WireItem::Kind::record;
    item.size = size;
    item.stream = seen_.stream();
    item.partition = seen_.partition(record);
    return item;
  }

  WireItem unknown_stream(std::size_t size, std::string name) {
    said_ = std::move(name);
    WireItem item;
    item.kind = WireItem::Kind::unknown_stream;
    item.size = size;
    item.body = said_;
    return item;
  }

  WireItem broken(std::size_t size, std::string why) {
    said_ = std::move(why);
    WireItem item;
    item.kind = WireItem::Kind::broken;
    item.size = size;
    item.body = said_;
    return item;
  }

  Result<void> decode_row(std::string_view record, RecordBatch& batch) {
    Value* row = batch.append_row(decoded_.emitted_at());
    const char* at = record.data() + decoded_.size();
    const char* end = record.data() + record.size();
    const std::size_t column = read_plain_values(at, end, plain_fields_of(batch), row);
    if (at == end) return {};
    Result<void> result = decode_rest(at, end, column, row, batch);
    if (!result) batch.drop_last_row();
    return result;
  }

  /// What is not plain: values from `column` on, meta, and fields of later versions.
  Result<void> decode_rest(const char* at, const char* end, std::size_t column, Value* row,
                           RecordBatch& batch) {
    const auto& columns = batch.schema().columns();
    misfits_.clear();
    while (at != end) {
      std::uint64_t field = 0;
      std::string_view bytes;
      if (!read_varint(at, end, field)) return no_record("cannot be read");
      if (field == static_cast<unsigned char>(kData)) {
        if (!read_bytes(at, end, bytes)) return no_record("is cut short");
        if (column == columns.size()) return too_wide(columns.size());
        if (!place(bytes, columns[column], batch, row[column])) {
          return no_record("has a value that cannot be read");
        }
        ++column;
        continue;
      }
      if (field == static_cast<unsigned char>(kRecordMeta)) {
        if (!read_bytes(at, end, bytes) || !read_meta(bytes, batch)) {
          return no_record("has a meta that cannot be read");
        }
        continue;
      }
      bool twice = decoded_.size() > 0 && field >> 3 <= 4;
      if (twice || !skip_field(at, end, field)) return no_record("cannot be read");
    }
    // Changes that came with the record stand first.
    for (const Column* misfit : misfits_) batch.add_change(misfit->name, Change::nulled, kMisfit);
    return {};
  }

  bool place(std::string_view bytes, const Column& column, RecordBatch& batch, Value& out) {
    Read read = read_wire_value(bytes.data(), bytes.data() + bytes.size(), batch, out);
    if (read == Read::broken) return false;
    if (read == Read::misfit) {
      out = Value::null();
    } else if (stands(out, column.type) || coerce(out, column.type, batch)) {
      return true;
    }
    misfits_.push_back(&column);
    return true;
  }

  /// Whether the column takes the value as it is.
  static bool stands(const Value& value, Type type) {
    if (!fits(value.kind(), type)) return false;
    if (value.kind() != Kind::json || type == Type::any) return true;
    return value.as_text().front() == (type == Type::object ? '{' : '[');
  }

  std::span<const std::uint16_t> plain_fields_of(const RecordBatch& batch) {
    if (planned_.get() != &batch.schema()) {
      planned_ = batch.shared_schema();
      plain_.clear();
      for (const Column& column : planned_->columns()) plain_.push_back(plain_fields(column.type));
    }
    return plain_;
  }

  static bool read_meta(std::string_view meta, RecordBatch& batch) {
    const char* at = meta.data();
    const char* end = at + meta.size();
    while (at != end) {
      std::uint64_t field = 0;
      std::string_view change;
      if (!read_varint(at, end, field)) return false;
      if (field != static_cast<unsigned char>(tag(1, kBytes))) {
        if (!skip_field(at, end, field)) return false;
        continue;
      }
      if (!read_bytes(at, end, change) || !read_change(change, batch)) return false;
    }
    return true;
  }

  static bool read_change(std::string_view bytes, RecordBatch& batch) {
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    std::string_view name;
    std::uint64_t change = 0;
    std::uint64_t reason = 0;
    while (at != end) {
      std::uint64_t field = 0;
      if (!read_varint(at, end, field)) return false;
      bool read = false;
      switch (static_cast<char>(field < 128 ? field : 0)) {
        case tag(1, kBytes):
          read = read_bytes(at, end, name);
          break;
        case tag(2, kVarint):
          read = read_varint(at, end, change);
          break;
        case tag(3, kVarint):
          read = read_varint(at, end, reason);
          break;
        default:
          read = skip_field(at, end, field);
      }
      if (!read) return false;
    }
    // A value that a later version added says at least that the field is not what the source held.
    constexpr auto kLast = static_cast<std::uint64_t>(Reason::destination_typecast);
    batch.add_change(name, change == 1 ? Change::truncated : Change::nulled,
                     reason <= kLast ? static_cast<Reason>(reason) : Reason::source_serialization);
    return true;
  }

  std::vector<ReadStream> streams_;
  StreamIndex index_;
  std::size_t limit_;
  KnownHeader seen_;                       // by next
  KnownHeader decoded_;                    // by decode
  std::vector<const Column*> misfits_;     // of the row being decoded
  std::shared_ptr<const Schema> planned_;  // for which plain_ was made
  std::vector<std::uint16_t> plain_;       // plain_fields of each column
  std::string said_;                       // what an item's body speaks of
};

}  // namespace

std::unique_ptr<WireReader> make_protobuf_reader(std::vector<ReadStream> streams,
                                                 std::size_t limit) {
  return std::make_unique<ProtobufReader>(std::move(streams), limit);
}

}  // namespace wharf::record
